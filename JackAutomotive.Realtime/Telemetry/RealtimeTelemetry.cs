using System.Diagnostics;
using JackAutomotive.Contract;
using JackAutomotive.Realtime.Events;

namespace JackAutomotive.Realtime.Telemetry;

/// <summary>The spans of this service.</summary>
internal static class RealtimeTelemetry
{
    public const string Name = "JackAutomotive.Realtime";

    private static readonly ActivitySource s_source = new(Name);

    /// <summary>
    /// The hand-over of one event to all its watchers on this instance, as a child of the work that published it. Without a
    /// trace context in the message there is no trace to belong to, and no span.
    /// </summary>
    public static Activity? StartWrite(LeadId lead, in FeedEvent message, int clients, bool repaired)
    {
        if (!s_source.HasListeners() || !ActivityContext.TryParse(message.TraceParent, null, isRemote: true, out var publisher))
        {
            return null;
        }

        var span = s_source.StartActivity("sse write", ActivityKind.Consumer, publisher);
        return span?
            .SetTag("lead.id", lead.ToString())
            .SetTag("event.seq", message.IsPassing ? null : message.Seq)
            .SetTag("clients", clients)
            .SetTag("repaired", repaired);
    }
}
