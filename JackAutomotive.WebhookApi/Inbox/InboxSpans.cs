using System.Diagnostics;
using JackAutomotive.WebhookApi.Telemetry;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>The spans of the inbox: a delivery is written, claimed and handled.</summary>
internal static class InboxSpans
{
    private static readonly TimeSpan s_slowClaimThreshold = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Starts the span of a batch's write. The span is a child of the first delivery's request, and the span and the requests of the other
    /// deliveries link to each other. A separate trace would add one line to the dashboard for every batch.
    /// </summary>
    public static Activity? StartWrite(IReadOnlyList<InboxRow> rows)
    {
        Activity.Current = null;
        var otherRequests = rows.Skip(1).Select(row => row.Request).OfType<Activity>().ToArray();
        var activity = WebhookApiTelemetry.Source.StartActivity(
            "inbox write",
            ActivityKind.Internal,
            rows[0].Request?.Context ?? default,
            links: Array.ConvertAll(otherRequests, request => new ActivityLink(request.Context)));
        if (activity is null)
        {
            return null;
        }

        activity.SetTag(WebhookApiTelemetry.Count, rows.Count);
        foreach (var request in otherRequests)
        {
            request.AddLink(new ActivityLink(activity.Context));
        }

        return activity;
    }

    /// <summary>
    /// Starts the span of a slow claim in a separate trace; the spans of the attempts link to this span. Returns null for a fast claim, whose
    /// span would add one line to the dashboard for every delivery.
    /// </summary>
    public static Activity? StartClaim(DateTimeOffset startedAt, TimeSpan duration, int deliveryCount)
    {
        if (duration < s_slowClaimThreshold)
        {
            return null;
        }

        Activity.Current = null;
        var activity = WebhookApiTelemetry.Source.StartActivity(
            "inbox claim",
            ActivityKind.Internal,
            default(ActivityContext),
            startTime: startedAt);
        activity?.SetTag(WebhookApiTelemetry.Count, deliveryCount);
        return activity;
    }

    /// <summary>
    /// Starts the span of one attempt, as a child of the delivery's request. The span links to the claim if the claim was slow.
    /// </summary>
    public static Activity? StartHandling(InboxDelivery delivery)
    {
        Activity.Current = null;
        ActivityContext.TryParse(delivery.TraceParent, null, isRemote: true, out var request);
        ActivityLink[] links = delivery.ClaimSpan == default ? [] : [new ActivityLink(delivery.ClaimSpan)];
        var activity = WebhookApiTelemetry.Source.StartActivity($"handle {delivery.Topic}", ActivityKind.Consumer, request, links: links);
        activity?.SetTag(WebhookApiTelemetry.Topic, delivery.Topic);
        activity?.SetTag(WebhookApiTelemetry.DeliveryId, delivery.Id);
        activity?.SetTag(WebhookApiTelemetry.DeliveryKey, delivery.Key);
        activity?.SetTag(WebhookApiTelemetry.Attempt, delivery.Attempt);
        return activity;
    }
}
