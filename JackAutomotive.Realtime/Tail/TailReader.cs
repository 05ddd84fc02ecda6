using JackAutomotive.Realtime.Telemetry;

namespace JackAutomotive.Realtime.Tail;

/// <summary>
/// Reads the end of the log of all leads: when a hint reports that the log has grown, and at the sweep interval without a hint. While a
/// place is missing, the reader reads again after a short wait.
/// </summary>
internal sealed class TailReader(
    LogTail tail,
    TailLog log,
    TailChannel channel,
    RealtimeOptions options,
    TailMetrics metrics,
    TimeProvider time)
{
    // Each page is sent to every client at once, so a page takes at most one quarter of a client's backlog.
    private const int PagesPerBacklog = 4;

    // The minimum time between two reads: a burst of hints then causes few reads with many events each.
    private static readonly TimeSpan s_minReadInterval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_maxGapWait = TimeSpan.FromMilliseconds(320);

    // The pause after a full page gives every client the time to accept that page before the next one.
    private static readonly TimeSpan s_fullPagePause = TimeSpan.FromMilliseconds(1);

    // After Redis returns, the client library restores subscriptions channel by channel: hints can be lost for this long.
    private static readonly TimeSpan s_resubscribeTime = TimeSpan.FromSeconds(5);

    private readonly TailOrder _order = new(tail.Place);
    private TimeSpan _gapWait = s_minReadInterval;
    private long _lastReadAt;
    private bool _hasMore = true;

    /// <summary>Reads one page and sends it to the clients. After an exception of Postgres the same page can be read again.</summary>
    /// <exception cref="Npgsql.NpgsqlException">Postgres is unavailable.</exception>
    public async Task ReadAsync(CancellationToken cancellationToken) => _hasMore = await ReadPageAsync(cancellationToken);

    /// <summary>Waits until the next read is due, which is at once for the first read.</summary>
    public async Task WaitUntilDueAsync(CancellationToken cancellationToken)
    {
        if (_hasMore)
        {
            await Task.Delay(s_fullPagePause, time, cancellationToken);
        }
        else
        {
            await WaitAsync(cancellationToken);
        }
    }

    private async Task<bool> ReadPageAsync(CancellationToken cancellationToken)
    {
        _lastReadAt = time.GetTimestamp();
        var hadGap = _order.HasGap;
        var page = await log.ReadAsync(_order.Place, options.PageSize, options.BacklogBytes / PagesPerBacklog, cancellationToken);
        var count = _order.Take(page.Events.ConvertAll(e => e.Place), page.OldestWriter);
        tail.SendEvents(page.Events.Take(count));
        metrics.CountRead(count, _order.HasGap);

        var isPlaceStillMissing = hadGap && count == 0;
        if (_order.NeedsWaitEnd && isPlaceStillMissing)
        {
            _order.SetWaitEnd(await log.AllocateTransactionIdAsync(cancellationToken));
        }

        _gapWait = count > 0 ? s_minReadInterval : TimeSpan.FromTicks(Math.Min(_gapWait.Ticks * 2, s_maxGapWait.Ticks));
        return page.IsFull && !_order.HasGap;
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (_order.HasGap)
        {
            await Task.Delay(_gapWait, time, cancellationToken);
            return;
        }

        var (isUp, since) = channel.LinkState;
        var areHintsReliable = isUp && time.GetUtcNow() - since > s_resubscribeTime;
        if (!await channel.WaitForHintAsync(areHintsReliable ? options.SweepInterval : options.SweepIntervalWithoutRedis, cancellationToken))
        {
            tail.MoveResumePoints();
            return;
        }

        if (s_minReadInterval - time.GetElapsedTime(_lastReadAt) is { Ticks: > 0 } remaining)
        {
            await Task.Delay(remaining, time, cancellationToken);
        }
    }
}
