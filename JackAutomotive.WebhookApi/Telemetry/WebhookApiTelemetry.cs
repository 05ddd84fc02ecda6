using System.Diagnostics;
using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Messaging;

namespace JackAutomotive.WebhookApi.Telemetry;

/// <summary>The service's own spans. One trace runs from the provider's request over the handling to the publish of each event.</summary>
internal static class WebhookApiTelemetry
{
    /// <summary>Name of the activity source and of the meter: the application's own, which the service defaults listen to.</summary>
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
    /// Starts the span of a batch's write. It is a child of the first delivery's request; the requests of the others link to it, and it
    /// to them. A trace of its own would be one more line on the dashboard for every batch.
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
    /// Starts the span of a claim that took long: a trace of its own, which the handlings link to. A quick claim has no span, since
    /// it would be one more line on the dashboard for every delivery.
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

    /// <summary>The handling of one delivery: a child of the request that brought it, linked to the claim if that one took long.</summary>
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

    /// <summary>The publish of one event: a child of the work that raised it, however much later it happens.</summary>
    public static Activity? StartPublishing(LeadEvent e)
    {
        ActivityContext.TryParse(e.TraceParent, null, isRemote: true, out var work);
        var activity = Source.StartActivity($"publish {e.Type}", ActivityKind.Producer, work);
        activity?.SetTag(Lead, e.LeadId.ToString());
        activity?.SetTag(Seq, e.Seq);
        activity?.SetTag(EventType, e.Type);
        return activity;
    }

    /// <summary>The publish of a passing frame: a child of the request that brought it.</summary>
    public static Activity? StartPassing(LeadId lead) =>
        Source.StartActivity("publish passing frame", ActivityKind.Producer)?.SetTag(Lead, lead.ToString());
}
