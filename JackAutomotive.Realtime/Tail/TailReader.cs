using JackAutomotive.Realtime.Events;
using JackAutomotive.Realtime.Telemetry;
using Npgsql;

namespace JackAutomotive.Realtime.Tail;

/// <summary>
/// Reads the end of the log: when a hint says that it has grown, and from time to time without one. While something is missing it asks
/// again soon.
/// </summary>
internal sealed partial class TailReader(
    LogTail tail,
    TailLog log,
    TailHints hints,
    RealtimeOptions options,
    TailMetrics metrics,
    TimeProvider time,
    ILogger logger)
{
    private const int PageShare = 4;

    // From one read to the next: however many hints come, each read then brings more.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMilliseconds(320);

    // What is read at once is handed out at once: it must leave room in every client's backlog, and the time to be written.
    private static readonly TimeSpan s_breath = TimeSpan.FromMilliseconds(1);

    // After Redis came back the client library subscribes channel by channel.
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(5);

    private readonly TailOrder _order = new(tail.Position);
    private readonly ILogger _logger = logger;
    private TimeSpan _wait = s_pause;
    private long _lastRead;

    /// <summary>Reads what there is, hands it out and waits until it is time to read again.</summary>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        var isMore = false;
        try
        {
            isMore = await ReadPageAsync(cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            LogNotRead(e);
        }

        if (isMore)
        {
            await Task.Delay(s_breath, time, cancellationToken);
        }
        else
        {
            await WaitAsync(cancellationToken);
        }
    }

    private async Task<bool> ReadPageAsync(CancellationToken cancellationToken)
    {
        _lastRead = time.GetTimestamp();
        var wasHeldBack = _order.HeldBack;
        var page = await log.ReadAsync(_order.Position, options.PageSize, options.BacklogBytes / PageShare, cancellationToken);
        var count = _order.Take(page.Events.ConvertAll(e => e.Position), page.OldestWriter);
        tail.Show(page.Events.Take(count));
        metrics.Read(count, _order.HeldBack);

        if (_order.NeedsMark && wasHeldBack && count == 0)
        {
            _order.Mark(await log.TakeTransactionAsync(cancellationToken));
        }

        _wait = count > 0 ? s_pause : TimeSpan.FromTicks(Math.Min(_wait.Ticks * 2, s_longestWait.Ticks));
        return page.IsFull && !_order.HeldBack;
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (_order.HeldBack)
        {
            await Task.Delay(_wait, time, cancellationToken);
            return;
        }

        var (isUp, since) = hints.Link;
        var settled = isUp && time.GetUtcNow() - since > s_settling;
        if (!await hints.WaitAsync(settled ? options.SweepInterval : options.SweepIntervalWithoutRedis, cancellationToken))
        {
            tail.MoveResumePoints();
            return;
        }

        if (s_pause - time.GetElapsedTime(_lastRead) is { Ticks: > 0 } rest)
        {
            await Task.Delay(rest, time, cancellationToken);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The log of all leads cannot be read; its streams wait")]
    private partial void LogNotRead(Exception exception);
}
