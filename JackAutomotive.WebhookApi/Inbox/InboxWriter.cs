using System.Diagnostics;
using System.Threading.Channels;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Inbox.Spool;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Group commit: deliveries that arrive while a batch is being written wait for it and then share the next INSERT, and so one fsync.
/// A delivery that finds no batch under way is written at once. What waits is limited in number and in bytes.
/// </summary>
internal sealed partial class InboxWriter(
    InboxInsert insert,
    OutageSpool spool,
    WebhookApiMetrics metrics,
    IOptions<InboxOptions> options,
    ILogger<InboxWriter> logger) : BackgroundService
{
    private const int MaxBatchRows = 256;
    private const int MaxBatchBytes = 4 * 1024 * 1024;

    private static readonly TimeSpan s_overtakeAfter = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_outagePause = TimeSpan.FromMilliseconds(200);

    private readonly Channel<Waiting> _waiting = Channel.CreateBounded<Waiting>(options.Value.MaxWaitingDeliveries);
    private long _waitingBytes;
    private bool _isOverloaded;

    /// <summary>
    /// Stores the row, whatever becomes of the request that brought it. While Postgres is away it waits, up to
    /// <see cref="InboxOptions.AcceptPatience"/>, and then goes to the spool; if too much is waiting already, or the service is
    /// stopping, it is refused.
    /// </summary>
    public Task<Acceptance> WriteAsync(InboxRow row)
    {
        var waiting = new Waiting(row);
        if (TryEnqueue(waiting))
        {
            return waiting.Answer;
        }

        metrics.Overloaded(row.Topic);
        if (!Interlocked.Exchange(ref _isOverloaded, true))
        {
            LogOverloaded();
        }

        return Task.FromResult(Acceptance.Unavailable);
    }

    /// <summary>Takes nothing more in; what waits is written, or refused when the host's patience ends.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _waiting.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
        while (_waiting.Reader.TryRead(out var waiting))
        {
            waiting.Settle(Acceptance.Unavailable);
        }
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => WriteBatchesAsync();

    private bool TryEnqueue(Waiting waiting)
    {
        if (Interlocked.Add(ref _waitingBytes, waiting.Bytes) <= options.Value.MaxWaitingBytes && _waiting.Writer.TryWrite(waiting))
        {
            return true;
        }

        Interlocked.Add(ref _waitingBytes, -waiting.Bytes);
        return false;
    }

    // One batch at a time: what arrives meanwhile makes the next one larger, and a larger one costs less for each row. Only one that takes
    // its time is overtaken. Ends when nothing more can come, not when the host stops: requests may still wait for their answers then.
    private async Task WriteBatchesAsync()
    {
        using var lanes = new SemaphoreSlim(options.Value.Writers);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            await lanes.WaitAsync();
            var writing = WriteInLaneAsync(TakeBatch(), lanes);
            await writing.WaitAsync(s_overtakeAfter).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        for (var lane = 0; lane < options.Value.Writers; lane++)
        {
            await lanes.WaitAsync();
        }
    }

    private async Task WriteInLaneAsync(List<Waiting> batch, SemaphoreSlim lanes)
    {
        try
        {
            // Empty if those that waited were refused meanwhile.
            if (batch.Count > 0)
            {
                await WriteAsync(batch);
                _isOverloaded = false;
            }
        }
        finally
        {
            // Whatever went wrong, nobody waits for ever; what is settled stays so.
            SettleAll(batch, Acceptance.Unavailable);
            Release(batch);
            lanes.Release();
        }
    }

    private void Release(List<Waiting> batch) => Interlocked.Add(ref _waitingBytes, -batch.Sum(waiting => (long)waiting.Bytes));

    private List<Waiting> TakeBatch()
    {
        var batch = new List<Waiting>();
        var bytes = 0;
        while (batch.Count < MaxBatchRows && bytes < MaxBatchBytes && _waiting.Reader.TryRead(out var waiting))
        {
            batch.Add(waiting);
            bytes += waiting.Bytes;
        }

        return batch;
    }

    private async Task WriteAsync(IReadOnlyList<Waiting> batch)
    {
        while (!spool.IsInUse)
        {
            try
            {
                await StoreAsync(batch);
                return;
            }
            catch (Exception e) when (e is OperationCanceledException || DatabaseErrors.IsOutage(e))
            {
                LogOutage(batch.Count, ExceptionSummary.Of(e));
                if (batch[0].Age > options.Value.AcceptPatience)
                {
                    break;
                }
            }
            catch (Exception e) when (batch.Count == 1)
            {
                LogRefused(batch[0].Row.Topic, e);
                batch[0].Settle(Acceptance.Unavailable);
                return;
            }
            catch (Exception e)
            {
                // One of them cannot be stored: halving finds it, and its neighbours do not suffer.
                LogSplit(batch.Count, ExceptionSummary.Of(e));
                await WriteAsync([.. batch.Take(batch.Count / 2)]);
                await WriteAsync([.. batch.Skip(batch.Count / 2)]);
                return;
            }

            await Task.Delay(s_outagePause);
        }

        await SpoolAsync(batch);
    }

    private async Task SpoolAsync(IReadOnlyList<Waiting> batch)
    {
        if (await spool.TryAppendAsync([.. batch.Select(waiting => waiting.Row)]))
        {
            SettleAll(batch, Acceptance.Spooled);
            return;
        }

        // There is no room on the disk either, and those behind would wait as long for nothing.
        SettleAll(batch, Acceptance.Unavailable);
        while (TakeBatch() is { Count: > 0 } behind)
        {
            SettleAll(behind, Acceptance.Unavailable);
            Release(behind);
        }
    }

    private static void SettleAll(IEnumerable<Waiting> batch, Acceptance acceptance)
    {
        foreach (var waiting in batch)
        {
            waiting.Settle(acceptance);
        }
    }

    private async Task StoreAsync(IReadOnlyList<Waiting> batch)
    {
        var rows = batch.Select(waiting => waiting.Row).ToList();
        using var activity = WebhookApiTelemetry.StartWriting(rows);

        // A connection that hangs leaves time for another try.
        using var limit = new CancellationTokenSource(options.Value.AcceptPatience / 2);
        // Nor is its end waited for: a server that hangs does not even hear that it should stop. What it stores later is a duplicate then.
        var acceptances = await insert.ExecuteAsync(rows, limit.Token).WaitAsync(limit.Token);
        metrics.Committed();
        for (var i = 0; i < batch.Count; i++)
        {
            batch[i].Settle(acceptances[i]);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Deliveries are turned away because too many are waiting to be stored")]
    private partial void LogOverloaded();

    [LoggerMessage(LogLevel.Warning, "{Count} deliveries wait for Postgres: {Reason}")]
    private partial void LogOutage(int count, string reason);

    [LoggerMessage(LogLevel.Warning, "A batch of {Count} deliveries could not be stored as a whole: {Reason}")]
    private partial void LogSplit(int count, string reason);

    [LoggerMessage(LogLevel.Error, "{Topic}: a delivery could not be stored")]
    private partial void LogRefused(string topic, Exception exception);

    /// <summary>A row and the promise of its answer.</summary>
    private sealed class Waiting(InboxRow row)
    {
        private readonly long _since = Stopwatch.GetTimestamp();
        private readonly TaskCompletionSource<Acceptance> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public InboxRow Row => row;

        public int Bytes => row.Body.Length;

        public TimeSpan Age => Stopwatch.GetElapsedTime(_since);

        public Task<Acceptance> Answer => _answer.Task;

        public void Settle(Acceptance acceptance) => _answer.TrySetResult(acceptance);
    }
}
