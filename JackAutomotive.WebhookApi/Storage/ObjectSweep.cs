using JackAutomotive.WebhookApi.Messaging;
using Microsoft.Extensions.Options;
using OpenTelemetry;

namespace JackAutomotive.WebhookApi.Storage;

/// <summary>
/// Removes what no row names: raw bodies that have been handled, audio that was replaced, what a crash left between object and row,
/// and what belonged to rows that are gone.
/// </summary>
internal sealed partial class ObjectSweep(
    IObjectStore store,
    UploadSpool spool,
    ObjectReferences references,
    IOptions<MessagingOptions> options,
    TimeProvider time,
    ILogger<ObjectSweep> logger) : BackgroundService
{
    /// <summary>Younger objects are left alone: their row may be on its way. Nothing takes nearly as long to arrive.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromHours(1);

    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(15);

    /// <summary>Looks at every object once.</summary>
    /// <returns>How many were removed.</returns>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow() - Grace;
        var removed = spool.Sweep(before);
        await foreach (var kept in store.ListAsync(cancellationToken))
        {
            if (kept.WrittenAt < before && await references.IfNotNamedAsync(
                kept.Name, () => RemoveAsync(kept.Name, before, cancellationToken), cancellationToken))
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
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // Whatever the disk, Postgres or the bucket have against it: nothing waits for the sweep, and there is a next one.
            try
            {
                using var untraced = SuppressInstrumentationScope.Begin();
                var removed = await SweepAsync(stoppingToken);
                if (removed > 0)
                {
                    LogRemoved(removed);
                }
            }
            catch (Exception e) when (e is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogFailed(FailurePolicy.Describe(e));
            }
        }
    }

    // It may have been put again since it was listed.
    private async Task RemoveAsync(ObjectName name, DateTimeOffset before, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(name, cancellationToken) < before)
        {
            await store.DeleteAsync(name, cancellationToken);
        }
    }

    [LoggerMessage(LogLevel.Information, "Removed {Count} objects that nothing names any more")]
    private partial void LogRemoved(int count);

    [LoggerMessage(LogLevel.Warning, "Objects that nothing names could not be removed: {Reason}")]
    private partial void LogFailed(string reason);
}
