namespace JackAutomotive.Contract;

/// <summary>One line of a lead's log: what <c>lead_events</c> stores and what every watcher is shown.</summary>
/// <param name="LeadId">Whose log.</param>
/// <param name="Seq">Position in that log: 1 for the first event, without gaps.</param>
/// <param name="Type">What happened, one of <see cref="LeadEventTypes"/>; it becomes the SSE event name.</param>
/// <param name="OccurredAt">When it happened, in UTC.</param>
/// <param name="Data">The event's own fields, as a JSON object on one line.</param>
/// <param name="TraceParent">W3C trace context of the work that raised it, or null.</param>
/// <param name="CommittedAt">When it was committed, as far as that is known; streams measure their lag from it.</param>
internal sealed record LeadEvent(
    LeadId LeadId,
    long Seq,
    string Type,
    DateTimeOffset OccurredAt,
    string Data,
    string? TraceParent,
    DateTimeOffset? CommittedAt = null);
