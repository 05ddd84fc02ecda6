using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Alerts;

/// <summary>
/// <c>GET /api/alerts/stream</c>: Server-Sent Events <c>alert_raised</c>, <c>alert_acknowledged</c> and <c>alert_cleared</c>. A stream begins with the open
/// alerts, so a client that connects again misses nothing that is still open.
/// </summary>
internal static class StreamAlerts
{
    private const int MaxAlerts = 500;

    // Real time instead of TimeProvider: the interval protects Postgres.
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(15);

    public static ServerSentEventsResult<AlertDetails?> Handle(
        HttpResponse response,
        AlertReader alerts,
        IHostApplicationLifetime lifetime,
        CancellationToken cancellationToken)
    {
        response.Headers["X-Accel-Buffering"] = "no";
        return TypedResults.ServerSentEvents(FollowAsync(alerts, lifetime.ApplicationStopping, cancellationToken));
    }

    private static async IAsyncEnumerable<SseItem<AlertDetails?>> FollowAsync(
        AlertReader alerts,
        CancellationToken stopping,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The headers go out with the first item.
        yield return new SseItem<AlertDetails?>(null, "ready");

        var known = new Dictionary<Guid, AlertDetails>();
        var quiet = TimeSpan.Zero;
        while (!stopping.IsCancellationRequested)
        {
            var open = (await alerts.ListAsync(withCleared: false, null, null, MaxAlerts, cancellationToken)).ToDictionary(alert => alert.Id);
            foreach (var item in FindChanges(known, open))
            {
                quiet = TimeSpan.Zero;
                yield return item;
            }

            known = open;
            if (quiet >= s_heartbeat)
            {
                quiet = TimeSpan.Zero;
                yield return new SseItem<AlertDetails?>(null, "ping");
            }

            using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);
            await Task.Delay(s_interval, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            quiet += s_interval;
        }
    }

    /// <summary>Compares two lists of open alerts, oldest change first.</summary>
    internal static IEnumerable<SseItem<AlertDetails?>> FindChanges(
        IReadOnlyDictionary<Guid, AlertDetails> before,
        IReadOnlyDictionary<Guid, AlertDetails> now)
    {
        foreach (var alert in before.Values.Where(alert => !now.ContainsKey(alert.Id)).OrderBy(alert => alert.Id))
        {
            yield return new SseItem<AlertDetails?>(alert, "alert_cleared");
        }

        foreach (var alert in now.Values.OrderBy(alert => alert.Id))
        {
            if (!before.TryGetValue(alert.Id, out var known))
            {
                yield return new SseItem<AlertDetails?>(alert, "alert_raised");
            }
            else if (known.AcknowledgedAt != alert.AcknowledgedAt)
            {
                yield return new SseItem<AlertDetails?>(alert, "alert_acknowledged");
            }
        }
    }
}
