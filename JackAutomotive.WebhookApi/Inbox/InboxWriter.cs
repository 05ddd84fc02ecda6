using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Inbox.Spool;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Writes deliveries with group commit: rows that arrive while a batch is being written share the next INSERT, and so one fsync. A row that
/// arrives while no batch is being written is written at once. The queue of waiting rows is limited in number and in bytes.
/// </summary>
internal sealed partial class InboxWriter(
    InboxInsert insert,
    OutageSpool spool,
    KeptDeliveries kept,
    SpoolAlerts alerts,
    WebhookApiMetrics metrics,
    BackgroundLoops loops,
    IOptions<InboxOptions> options,
    ILogger<InboxWriter> logger) : BackgroundService
{
    private const int MaxBatchRows = 256;
    private const int MaxBatchBytes = 4 * 1024 * 1024;

    private static readonly TimeSpan s_slowBatchThreshold = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_outageRetryDelay = TimeSpan.FromMilliseconds(200);

    private readonly Channel<PendingWrite> _queue = Channel.CreateBounded<PendingWrite>(options.Value.MaxWaitingDeliveries);
    private readonly ConcurrentQueue<PendingWrite> _overflow = new();
    private readonly SemaphoreSlim _overflowGate = new(1);
    private readonly SemaphoreSlim _slots = new(options.Value.Writers);
    private readonly BackgroundLoop _loop = loops.Create("inbox writer");
    private long _queuedBytes;
    private long _overflowBytes;
    private volatile bool _isClosed;
    private bool _isOverloaded;

    /// <summary>
    /// Stores the row, even if the provider disconnects. While Postgres is unavailable, the row waits up to
    /// <see cref="InboxOptions.AcceptPatience"/> and then goes to the spool. If the queue is full, the queue goes to the spool at once, and
    /// the row after it. If the service is stopping, the writer rejects the row.
    /// </summary>
    public Task<Acceptance> WriteAsync(InboxRow row)
    {
        var write = new PendingWrite(row);
        if (_overflow.IsEmpty && TryEnqueue(write))
        {
            return write.Result;
        }

        if (_isClosed)
        {
            return Task.FromResult(Acceptance.Unavailable);
        }

        metrics.CountOverloaded(row.Topic);
        if (!Interlocked.Exchange(ref _isOverloaded, true))
        {
            LogOverloaded();
        }

        return spool.IsEnabled ? OverflowAsync(write) : Task.FromResult(Acceptance.Overloaded);
    }

    /// <summary>Closes the queue. Queued rows are written, or rejected when the host's shutdown timeout expires.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _isClosed = true;
        _queue.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
        while (_queue.Reader.TryRead(out var write))
        {
            write.SetResult(Acceptance.Unavailable);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _slots.Dispose();
        _overflowGate.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The loop continues after the host begins to stop, until the queue is closed and empty, because requests may still wait for their
        // answers.
        await _loop.RunAsync(_queue.Reader.WaitToReadAsync, StartBatchAsync, CancellationToken.None);
        for (var slot = 0; slot < options.Value.Writers; slot++)
        {
            await _slots.WaitAsync(CancellationToken.None);
        }
    }

    // The rows that wait longest go to the spool first, so the order of arrival is preserved. From then on the spool is in use, and the next
    // batches go to the spool as well.
    private async Task<Acceptance> OverflowAsync(PendingWrite write)
    {
        if (Interlocked.Add(ref _overflowBytes, write.Bytes) > options.Value.MaxWaitingBytes && !_overflow.IsEmpty)
        {
            Interlocked.Add(ref _overflowBytes, -write.Bytes);
            return Acceptance.Overloaded;
        }

        _overflow.Enqueue(write);
        await _overflowGate.WaitAsync();
        try
        {
            // The turn of another row may have spooled this row already.
            while (!write.Result.IsCompleted)
            {
                var batch = TakeBatch();
                ReleaseBytes(batch);
                batch = batch.Count > 0 ? batch : TakeOverflow();
                SetResults(batch, await spool.AppendAsync([.. batch.Select(taken => taken.Row)]));
            }
        }
        finally
        {
            _overflowGate.Release();
        }

        return await write.Result;
    }

    private List<PendingWrite> TakeOverflow()
    {
        var batch = new List<PendingWrite>();
        while (batch.Count < MaxBatchRows && _overflow.TryDequeue(out var write))
        {
            batch.Add(write);
            Interlocked.Add(ref _overflowBytes, -write.Bytes);
        }

        return batch;
    }

    private bool TryEnqueue(PendingWrite write)
    {
        if (Interlocked.Add(ref _queuedBytes, write.Bytes) <= options.Value.MaxWaitingBytes && _queue.Writer.TryWrite(write))
        {
            return true;
        }

        Interlocked.Add(ref _queuedBytes, -write.Bytes);
        return false;
    }

    // Writes one batch at a time: rows that arrive meanwhile make the next batch larger, and a larger batch costs less per row. The next
    // batch also starts when the running batch becomes slow.
    private async Task StartBatchAsync(CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        var writing = WriteInSlotAsync(TakeBatch());
        await writing.WaitAsync(s_slowBatchThreshold, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WriteInSlotAsync(List<PendingWrite> batch)
    {
        try
        {
            // The batch is empty if its rows were rejected meanwhile.
            if (batch.Count > 0)
            {
                await StoreOrSpoolAsync(batch);
                _isOverloaded = false;
            }
        }
        catch (Exception e)
        {
            // The caller does not observe a slow batch, so this line is the only trace of an unexpected error.
            LogBatchFailed(batch.Count, e);
        }
        finally
        {
            // Every request gets an answer after any failure. A result that is already set does not change.
            SetResults(batch, Acceptance.Unavailable);
            ReleaseBytes(batch);
            _slots.Release();
        }
    }

    private void ReleaseBytes(List<PendingWrite> batch) => Interlocked.Add(ref _queuedBytes, -batch.Sum(write => (long)write.Bytes));

    private List<PendingWrite> TakeBatch()
    {
        var batch = new List<PendingWrite>();
        var bytes = 0;
        while (batch.Count < MaxBatchRows && bytes < MaxBatchBytes && _queue.Reader.TryRead(out var write))
        {
            batch.Add(write);
            bytes += write.Bytes;
        }

        return batch;
    }

    private async Task StoreOrSpoolAsync(IReadOnlyList<PendingWrite> batch)
    {
        while (!spool.IsInUse)
        {
            try
            {
                await StoreAsync(batch);
                return;
            }
            catch (Exception e) when (!DatabaseErrors.BlamesTheRow(e))
            {
                // Every error that does not blame a row is an outage, however unknown.
                LogOutage(batch.Count, ExceptionSummary.Of(e));
                if (batch[0].Age > options.Value.AcceptPatience)
                {
                    break;
                }
            }
            catch (Exception e) when (batch.Count == 1)
            {
                batch[0].SetResult(Keep(batch[0].Row, e));
                return;
            }
            catch (Exception e)
            {
                // Postgres blames at least one row. Splitting the batch isolates that row, so that the other rows are stored.
                LogSplit(batch.Count, ExceptionSummary.Of(e));
                await StoreOrSpoolAsync([.. batch.Take(batch.Count / 2)]);
                await StoreOrSpoolAsync([.. batch.Skip(batch.Count / 2)]);
                return;
            }

            await Task.Delay(s_outageRetryDelay);
        }

        await SpoolAsync(batch);
    }

    // The provider would send the same row again, if it sends again at all, and Postgres would refuse it again. So a person must look at it.
    private Acceptance Keep(InboxRow row, Exception exception)
    {
        try
        {
            kept.Keep(row, ExceptionSummary.Of(exception));
            return Acceptance.Kept;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            alerts.ReportDiskFailed(row.Topic, e);
            return Acceptance.DiskFailed;
        }
    }

    private async Task SpoolAsync(IReadOnlyList<PendingWrite> batch)
    {
        var acceptance = await spool.AppendAsync([.. batch.Select(write => write.Row)]);
        SetResults(batch, acceptance);
        if (acceptance.IsDurable())
        {
            return;
        }

        // The queued rows would wait in vain too, because neither Postgres nor the spool accepts rows. The writer rejects them at once.
        while (TakeBatch() is { Count: > 0 } queued)
        {
            SetResults(queued, acceptance);
            ReleaseBytes(queued);
        }
    }

    private static void SetResults(IEnumerable<PendingWrite> batch, Acceptance acceptance)
    {
        foreach (var write in batch)
        {
            write.SetResult(acceptance);
        }
    }

    private async Task StoreAsync(IReadOnlyList<PendingWrite> batch)
    {
        var rows = batch.Select(write => write.Row).ToList();
        using var activity = InboxSpans.StartWrite(rows);

        // The timeout is half of the patience, so that time is left for a second try after a connection hangs.
        using var timeout = new CancellationTokenSource(options.Value.AcceptPatience / 2);

        // WaitAsync stops waiting even if the server hangs and does not react to the cancellation. If the server stores the rows later, the
        // second try finds duplicates.
        var acceptances = await insert.ExecuteAsync(rows, timeout.Token).WaitAsync(timeout.Token);
        metrics.CountCommit();
        for (var i = 0; i < batch.Count; i++)
        {
            batch[i].SetResult(acceptances[i]);
        }
    }

    [LoggerMessage(LogLevel.Error, "A batch of {Count} deliveries was answered 503 after an unexpected error")]
    private partial void LogBatchFailed(int count, Exception exception);

    [LoggerMessage(LogLevel.Warning, "Too many deliveries wait to be stored: they go to the spool, or are rejected if it is disabled")]
    private partial void LogOverloaded();

    [LoggerMessage(LogLevel.Warning, "{Count} deliveries wait for Postgres: {Reason}")]
    private partial void LogOutage(int count, string reason);

    [LoggerMessage(LogLevel.Warning, "A batch of {Count} deliveries could not be stored as a whole: {Reason}")]
    private partial void LogSplit(int count, string reason);

    /// <summary>A queued row and its future result.</summary>
    private sealed class PendingWrite(InboxRow row)
    {
        private readonly long _enqueuedAt = Stopwatch.GetTimestamp();
        private readonly TaskCompletionSource<Acceptance> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public InboxRow Row => row;

        public int Bytes => row.Body.Length;

        public TimeSpan Age => Stopwatch.GetElapsedTime(_enqueuedAt);

        public Task<Acceptance> Result => _result.Task;

        public void SetResult(Acceptance acceptance) => _result.TrySetResult(acceptance);
    }
}
