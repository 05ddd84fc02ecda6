namespace JackAutomotive.Contracts;

/// <summary>The SSE event names of events about a stream itself, not about a lead's log.</summary>
public static class StreamEventTypes
{
    /// <summary>The stream has begun. Always the first event.</summary>
    public const string Ready = "ready";

    /// <summary>The client's last event id does not exist in this log, so the client must discard its state and read the leads again.</summary>
    public const string Reset = "reset";

    /// <summary>The lead and its newest events, if the client requested them with <c>?snapshot=true</c>.</summary>
    public const string Snapshot = "snapshot";

    /// <summary>
    /// The lead and all its data were erased. The last event of the stream. It is not in the log, because the log was erased, too. A client
    /// that reconnects receives 404.
    /// </summary>
    public const string LeadErased = "lead_erased";
}
