using System.Diagnostics;
using JackAutomotive.WebhookApi.Telemetry;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>The spans of the inbox: a delivery is written, claimed and handled.</summary>
internal static class InboxSpans
{
    private static readonly TimeSpan s_slowClaim = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Starts the span of a batch's write. The span is a child of the first delivery's request, and it is linked in both directions with the
    /// requests of the other deliveries. A separate trace would add one line to the dashboard for every batch.
    /// </summary>
    public static Activity? StartWrite(IReadOnlyList<InboxRow> rows)
    {
        Activity.Current = null;
        var others = rows.Skip(1).Select(row => row.Request).OfType<Activity>().ToArray();
        var activity = WebhookApiTelemetry.Source.StartActivity(
            "inbox write",
            ActivityKind.Internal,
            rows[0].Request?.Context ?? default,
            links: Array.ConvertAll(others, request => new ActivityLink(request.Context)));
        if (activity is null)
        {
            return null;
        }

        activity.SetTag(WebhookApiTelemetry.Count, rows.Count);
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
        var activity = WebhookApiTelemetry.Source.StartActivity("inbox claim", ActivityKind.Internal, default(ActivityContext), startTime: began);
        activity?.SetTag(WebhookApiTelemetry.Count, deliveries);
        return activity;
    }

    /// <summary>
    /// Starts the span of one delivery's handling, as a child of the delivery's request. The span links to the claim if the claim was slow.
    /// </summary>
    public static Activity? StartHandling(InboxDelivery delivery, ActivityContext claim)
    {
        ActivityContext.TryParse(delivery.TraceParent, null, isRemote: true, out var request);
        ActivityLink[] links = claim == default ? [] : [new ActivityLink(claim)];
        var activity = WebhookApiTelemetry.Source.StartActivity($"handle {delivery.Topic}", ActivityKind.Consumer, request, links: links);
        activity?.SetTag(WebhookApiTelemetry.Topic, delivery.Topic);
        activity?.SetTag(WebhookApiTelemetry.DeliveryId, delivery.Id);
        activity?.SetTag(WebhookApiTelemetry.DeliveryKey, delivery.Key);
        activity?.SetTag(WebhookApiTelemetry.Attempt, delivery.Attempt);
        return activity;
    }
}
