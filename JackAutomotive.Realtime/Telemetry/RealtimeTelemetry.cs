using System.Diagnostics;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Feeds;

namespace JackAutomotive.Realtime.Telemetry;

/// <summary>Starts the spans of this service.</summary>
internal static class RealtimeTelemetry
{
    public const string Name = "JackAutomotive.Realtime";

    private static readonly ActivitySource s_source = new(Name);

    /// <summary>
    /// Starts the span for sending one event to all its watchers on this instance, as a child of the span that published the event. Returns
    /// null if the event has no trace context or no listener records spans.
    /// </summary>
    public static Activity? StartWriteSpan(LeadId lead, in FeedEvent feedEvent, int clients, bool repaired)
    {
        if (!s_source.HasListeners() || !ActivityContext.TryParse(feedEvent.TraceParent, null, isRemote: true, out var publisher))
        {
            return null;
        }

        var span = s_source.StartActivity("sse write", ActivityKind.Consumer, publisher);
        return span?
            .SetTag("lead.id", lead.ToString())
            .SetTag("event.seq", feedEvent.IsPassing ? null : feedEvent.Seq)
            .SetTag("clients", clients)
            .SetTag("repaired", repaired);
    }
}
