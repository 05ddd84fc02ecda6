namespace JackAutomotive.Contracts;

/// <summary>One lead in the answer of <c>GET /api/leads</c> and in the snapshot of a stream.</summary>
/// <param name="Id">The lead's id, as URLs and streams use it.</param>
/// <param name="Phone">The phone number in E.164 form; null if it is not known.</param>
/// <param name="Name">The lead's name; null if it is not known.</param>
/// <param name="LastSeq">The seq of the lead's newest event; 0 if the lead has no event.</param>
/// <param name="CreatedAt">When the lead was created (UTC).</param>
/// <param name="UpdatedAt">When the newest event was added (UTC).</param>
public sealed record LeadListItem(Guid Id, string? Phone, string? Name, long LastSeq, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);
