namespace JackAutomotive.Contracts;

/// <summary>One event of a lead's log. The table <c>lead_events</c> stores it, and every watcher of the lead receives it.</summary>
/// <param name="LeadId">The lead to whose log the event belongs.</param>
/// <param name="Seq">The event's position in the lead's log: 1, 2, 3 and so on, without gaps.</param>
/// <param name="Type">One of the constants of <see cref="LeadEventTypes"/>; it is also the SSE event name.</param>
/// <param name="OccurredAt">When the event happened (UTC).</param>
/// <param name="Data">The event's own fields as a JSON object on one line. <see cref="LeadEventCatalogue"/> lists the fields.</param>
/// <param name="TraceParent">The W3C <c>traceparent</c> of the span that raised the event, or null.</param>
/// <param name="CommittedAt">
/// When the event was committed (UTC, the clock of WebhookApi); null if the event was read from the database. Streams measure their lag
/// from this time.
/// </param>
public sealed record LeadEvent(
    LeadId LeadId,
    long Seq,
    string Type,
    DateTimeOffset OccurredAt,
    string Data,
    string? TraceParent,
    DateTimeOffset? CommittedAt = null);
