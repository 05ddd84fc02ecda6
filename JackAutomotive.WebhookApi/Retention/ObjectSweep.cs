using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.Extensions.Options;
using OpenTelemetry;

namespace JackAutomotive.WebhookApi.Retention;

/// <summary>
/// Removes the objects that no row references: raw bodies of handled deliveries, replaced audio, objects of deleted rows, and objects whose row
/// was never written because of a crash.
/// </summary>
internal sealed partial class ObjectSweep(
    IObjectStore store,
    UploadFolder uploads,
    ObjectReferences references,
    BackgroundLoops loops,
    IOptions<InboxOptions> options,
    TimeProvider time,
    ILogger<ObjectSweep> logger) : BackgroundService
{
    /// <summary>
    /// The minimum age of an object that the sweep removes. The row of a younger object may not be committed yet. Every upload takes much less
    /// time than this.
    /// </summary>
    internal static readonly TimeSpan MinimumAge = TimeSpan.FromHours(1);

    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(15);

    private readonly BackgroundLoop _loop = loops.Create("object sweep", new BackgroundLoopLimits
    {
        Interval = s_interval,
        RoundLimit = TimeSpan.FromMinutes(5),
        MaxDelay = TimeSpan.FromMinutes(1),
        IsEssential = false,
    });

    /// <summary>Checks every object once, and removes incomplete uploads from before a crash.</summary>
    /// <returns>The number of removed objects and uploads.</returns>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var cutoff = time.GetUtcNow() - MinimumAge;
        var removed = uploads.Sweep(cutoff);
        await foreach (var candidate in store.ListAsync(cancellationToken))
        {
            _loop.Beat();
            if (candidate.WrittenAt < cutoff && await references.RunIfUnreferencedAsync(
                candidate.Name, () => RemoveAsync(candidate.Name, cutoff, cancellationToken), cancellationToken))
            {
                removed++;
            }
        }

        return removed;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.ProcessDeliveries)
        {
            return;
        }

        using var timer = new PeriodicTimer(s_interval, time);
        await _loop.RunAsync(timer.WaitForNextTickAsync, SweepAndLogAsync, stoppingToken);
    }

    private async Task SweepAndLogAsync(CancellationToken cancellationToken)
    {
        using var tracingSuppression = SuppressInstrumentationScope.Begin();
        var removed = await SweepAsync(cancellationToken);
        if (removed > 0)
        {
            LogRemoved(removed);
        }
    }

    // Checks the object's time again, because the object may have been stored again since the listing.
    private async Task RemoveAsync(ObjectName name, DateTimeOffset cutoff, CancellationToken cancellationToken)
    {
        if (await store.FindWrittenAtAsync(name, cancellationToken) < cutoff)
        {
            await store.DeleteAsync(name, cancellationToken);
        }
    }

    [LoggerMessage(LogLevel.Information, "Removed {Count} objects without a reference")]
    private partial void LogRemoved(int count);
}
