using System.Diagnostics;
using JackAutomotive.Contracts;

namespace JackAutomotive.WebhookApi.Telemetry;

/// <summary>The spans of this service. One trace covers the provider's request, the handling, and the publishing of each event.</summary>
internal static class WebhookApiTelemetry
{
    /// <summary>The name of the activity source and of the meter: the application name, to which ServiceDefaults subscribes.</summary>
    public const string Name = "JackAutomotive.WebhookApi";

    public const string Topic = "jack.topic";
    public const string DeliveryId = "jack.delivery.id";
    public const string DeliveryKey = "jack.delivery.key";
    public const string Attempt = "jack.delivery.attempt";
    public const string Outcome = "jack.outcome";
    public const string Count = "jack.count";
    public const string Lead = "jack.lead.id";
    public const string Seq = "jack.event.seq";
    public const string EventType = "jack.event.type";

    public static readonly ActivitySource Source = new(Name);

    /// <summary>Starts the span for publishing one event. Its parent is the span that raised the event, even if that span ended long ago.</summary>
    public static Activity? StartPublishing(LeadEvent e)
    {
        ActivityContext.TryParse(e.TraceParent, null, isRemote: true, out var parent);
        var activity = Source.StartActivity($"publish {e.Type}", ActivityKind.Producer, parent);
        activity?.SetTag(Lead, e.LeadId.ToString());
        activity?.SetTag(Seq, e.Seq);
        activity?.SetTag(EventType, e.Type);
        return activity;
    }

    /// <summary>Starts the span for publishing a passing frame, as a child of the span of the request that contained the partial line.</summary>
    public static Activity? StartPublishingPassingFrame(LeadId lead, ActivityContext request) => request == default
        ? null
        : Source.StartActivity("publish passing frame", ActivityKind.Producer, request)?.SetTag(Lead, lead.ToString());
}
