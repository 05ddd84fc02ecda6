using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Inbox.Spool;
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
    LargeSpool spool,
    BackgroundLoops loops,
    IOptions<InboxOptions> options,
    TimeProvider time,
    ILogger<ObjectSweep> logger) : BackgroundService
{
    /// <summary>
    /// The minimum age of an object that the sweep removes. The row of a younger object may not be committed yet: the row follows the upload
    /// within seconds. Until then, the spool holds the object of a large delivery.
    /// </summary>
    internal static readonly TimeSpan MinimumAge = TimeSpan.FromHours(1);

    // One query finds the objects of a batch that no row references, so that the objects in use cost no transaction each.
    private const int BatchSize = 500;

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
        var old = store.ListAsync(cancellationToken).Where(candidate => candidate.WrittenAt < cutoff).Select(candidate => candidate.Name);
        await foreach (var names in old.Chunk(BatchSize).WithCancellation(cancellationToken))
        {
            foreach (var name in await references.FindUnreferencedAsync(names, cancellationToken))
            {
                _loop.Beat();
                removed += await TryRemoveAsync(name, cutoff, cancellationToken) ? 1 : 0;
            }

            _loop.Beat();
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

    // Checks the object's time again, because the object may have been stored again since the listing. The spool holds an object before its
    // upload begins, so the check of the spool comes last.
    private Task<bool> TryRemoveAsync(ObjectName name, DateTimeOffset cutoff, CancellationToken cancellationToken) =>
        references.RunIfUnreferencedAsync(
            name,
            async () =>
            {
                if (!(await store.FindWrittenAtAsync(name, cancellationToken) < cutoff) || spool.Holds(name))
                {
                    return false;
                }

                await store.DeleteAsync(name, cancellationToken);
                return true;
            },
            cancellationToken);

    [LoggerMessage(LogLevel.Information, "Removed {Count} objects without a reference")]
    private partial void LogRemoved(int count);
}
