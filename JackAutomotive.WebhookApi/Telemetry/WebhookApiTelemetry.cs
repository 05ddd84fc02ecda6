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

    /// <summary>
    /// The write of a batch: a trace of its own, linked to the requests that wait for it; with one delivery alone, a part of its request.
    /// </summary>
    public static Activity? StartWriting(IReadOnlyList<InboxRow> rows)
    {
        Activity.Current = null;
        var activity = rows.Count == 1
            ? Source.StartActivity("inbox write", ActivityKind.Internal, rows[0].Request?.Context ?? default)
            : Source.StartActivity("inbox write", ActivityKind.Internal, default(ActivityContext), links: LinksTo(rows));
        activity?.SetTag(Count, rows.Count);
        return activity;
    }

    /// <summary>A claim that found something: a trace of its own, which the handlings link to.</summary>
    public static Activity? StartClaim(DateTimeOffset began, int deliveries)
    {
        Activity.Current = null;
        var activity = Source.StartActivity("inbox claim", ActivityKind.Internal, default(ActivityContext), startTime: began);
        activity?.SetTag(Count, deliveries);
        return activity;
    }

    /// <summary>The handling of one delivery: a child of the request that brought it, linked to the claim that took it up.</summary>
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

    private static IEnumerable<ActivityLink> LinksTo(IReadOnlyList<InboxRow> rows) =>
        rows.Where(row => row.Request is not null).Select(row => new ActivityLink(row.Request!.Context));
}
