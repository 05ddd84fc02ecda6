namespace JackAutomotive.Contract;

/// <summary>One lead in a list, and in a stream's snapshot.</summary>
/// <param name="Id">Names the lead in addresses and on streams.</param>
/// <param name="Phone">E.164, or null if it is not known.</param>
/// <param name="Name">Or null if it is not known.</param>
/// <param name="LastSeq">The newest event's seq; 0 if there is none.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="UpdatedAt">When the newest event was added, UTC.</param>
internal sealed record LeadListItem(Guid Id, string? Phone, string? Name, long LastSeq, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);
