namespace JackAutomotive.Contract;

/// <summary>The SSE event names that tell of a stream, not of what happens to a lead.</summary>
internal static class StreamEventTypes
{
    /// <summary>The stream has begun.</summary>
    public const string Ready = "ready";

    /// <summary>The client's last event is not of this log.</summary>
    public const string Reset = "reset";

    /// <summary>The lead and its newest events, asked for with <c>?snapshot=true</c>.</summary>
    public const string Snapshot = "snapshot";

    /// <summary>
    /// The lead was erased, with everything known of it: a stream's last event. Not in the log, which is gone too; whoever comes back
    /// finds no such lead.
    /// </summary>
    public const string LeadErased = "lead_erased";
}
