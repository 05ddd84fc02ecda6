using System.Diagnostics;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Inbox;

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

    private static readonly TimeSpan s_slowClaim = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Starts the span of a batch's write. The span is a child of the first delivery's request, and it is linked in both directions with the
    /// requests of the other deliveries. A separate trace would add one line to the dashboard for every batch.
    /// </summary>
    public static Activity? StartWriting(IReadOnlyList<InboxRow> rows)
    {
        Activity.Current = null;
        var others = rows.Skip(1).Select(row => row.Request).OfType<Activity>().ToArray();
        var activity = Source.StartActivity(
            "inbox write",
            ActivityKind.Internal,
            rows[0].Request?.Context ?? default,
            links: Array.ConvertAll(others, request => new ActivityLink(request.Context)));
        if (activity is null)
        {
            return null;
        }

        activity.SetTag(Count, rows.Count);
        foreach (var request in others)
        {
            request.AddLink(new ActivityLink(activity.Context));
        }

        return activity;
    }

    /// <summary>
    /// Starts the span of a slow claim, in a separate trace to which the spans of the handling link. A fast claim has no span, because that
    /// span would add one line to the dashboard for every delivery.
    /// </summary>
    public static Activity? StartClaim(DateTimeOffset began, TimeSpan took, int deliveries)
    {
        if (took < s_slowClaim)
        {
            return null;
        }

        Activity.Current = null;
        var activity = Source.StartActivity("inbox claim", ActivityKind.Internal, default(ActivityContext), startTime: began);
        activity?.SetTag(Count, deliveries);
        return activity;
    }

    /// <summary>
    /// Starts the span of one delivery's handling, as a child of the delivery's request. The span links to the claim if the claim was slow.
    /// </summary>
    public static Activity? StartHandling(InboxDelivery delivery, ActivityContext claim)
    {
        ActivityContext.TryParse(delivery.TraceParent, null, isRemote: true, out var request);
        ActivityLink[] links = claim == default ? [] : [new ActivityLink(claim)];
        var activity = Source.StartActivity($"handle {delivery.Topic}", ActivityKind.Consumer, request, links: links);
        activity?.SetTag(Topic, delivery.Topic);
        activity?.SetTag(DeliveryId, delivery.Id);
        activity?.SetTag(DeliveryKey, delivery.Key);
        activity?.SetTag(Attempt, delivery.Attempt);
        return activity;
    }

    /// <summary>Starts the span of one event's publishing, as a child of the span that raised the event, even if that span ended long ago.</summary>
    public static Activity? StartPublishing(LeadEvent e)
    {
        ActivityContext.TryParse(e.TraceParent, null, isRemote: true, out var work);
        var activity = Source.StartActivity($"publish {e.Type}", ActivityKind.Producer, work);
        activity?.SetTag(Lead, e.LeadId.ToString());
        activity?.SetTag(Seq, e.Seq);
        activity?.SetTag(EventType, e.Type);
        return activity;
    }

    /// <summary>Starts the span of a passing frame's publishing, as a child of the request that contains the partial line.</summary>
    public static Activity? StartPassing(LeadId lead) =>
        Source.StartActivity("publish passing frame", ActivityKind.Producer)?.SetTag(Lead, lead.ToString());
}
