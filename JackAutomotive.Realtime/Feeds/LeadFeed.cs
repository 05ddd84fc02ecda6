using System.Diagnostics;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Streams;
using JackAutomotive.Realtime.Telemetry;
using JackAutomotive.Realtime.Transport;

namespace JackAutomotive.Realtime.Feeds;

/// <summary>
/// The feed of one watched lead on this instance. The feed receives published events, puts them in seq order, combines events that
/// arrived together into one block, and sends the block to every stream of the lead. Missing events are read from Postgres before any
/// later event is sent.
/// </summary>
internal sealed partial class LeadFeed(LeadId lead, long position, LeadFeedContext context) : IWatchSource
{
    private readonly Lock _gate = new();
    private readonly SeqOrder _order = new(position);
    private readonly RecentEvents _recent = new(Math.Min(context.Options.RecentBytes, context.Options.BacklogBytes / 2));
    private readonly List<Watcher> _watchers = [];

    // Events in seq order that are not yet written to the streams.
    private readonly List<FeedEvent> _unwritten = [];
    private bool _isRepairing;
    private Block? _lastFrame;

    // The newest seq that the log is known to have reached, from Postgres and not from a message.
    private long _logNewest = position;

    /// <summary>The lead whose events this feed sends.</summary>
    public LeadId Lead => lead;

    /// <summary>The seq of the newest event that the feed has put in order: the event is sent, or the next flush sends it.</summary>
    public long Position
    {
        get
        {
            lock (_gate)
            {
                return _order.Position;
            }
        }
    }

    /// <summary>
    /// Receives a published event or a passing frame. Returns true if events wait to be written. The caller then calls
    /// <see cref="Flush"/> at the end of its batch, so that events that arrived together are written together.
    /// </summary>
    public bool Receive(in FeedEvent feedEvent)
    {
        lock (_gate)
        {
            if (feedEvent.IsPassing)
            {
                // A passing frame keeps its order among the events, but in a separate block: a watcher that is behind skips the frame.
                WriteEvents(repaired: false);
                WritePassing(feedEvent);
                return false;
            }

            _order.Offer(feedEvent, _unwritten);
            RepairIfBehind();
            return _unwritten.Count > 0;
        }
    }

    /// <summary>Writes the received events to all streams of the lead.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            WriteEvents(repaired: false);
        }
    }

    /// <summary>Records that the log reaches <paramref name="seq"/>. A feed that is behind reads the missing events from Postgres.</summary>
    public void CatchUpTo(long seq)
    {
        lock (_gate)
        {
            ExpectInLog(seq);
            RepairIfBehind();
        }
    }

    /// <summary>
    /// Records that a message announced <paramref name="seq"/>. A message may be wrong, so the log decides whether the event exists.
    /// </summary>
    public void ExpectAnnounced(long seq)
    {
        lock (_gate)
        {
            _order.ExpectUpTo(seq);
            RepairIfBehind();
        }
    }

    /// <summary>Ends all streams of the lead, and every stream that joins later, with <paramref name="lastFrame"/>.</summary>
    public void End(Block lastFrame)
    {
        lock (_gate)
        {
            _lastFrame = lastFrame;
            foreach (var watcher in _watchers)
            {
                watcher.End(lastFrame);
            }
        }
    }

    /// <summary>
    /// Adds <paramref name="watcher"/> to the feed. The watcher gets the events that follow <paramref name="after"/>, and then live events.
    /// Returns false if the next event is not in memory; the caller must then replay events from Postgres and try again. Returns
    /// true without effect if the watcher has already left.
    /// </summary>
    public bool TryJoin(Watcher watcher, long after)
    {
        lock (_gate)
        {
            if (watcher.HasLeft)
            {
                return true;
            }

            // Unwritten events go to the watchers that joined before. The new watcher gets them from the recent events below.
            WriteEvents(repaired: false);
            if (after < _order.Position)
            {
                if (!_recent.HasEventAfter(after))
                {
                    return false;
                }

                watcher.Send(FeedEvent.Combine([.. _recent.GetEventsAfter(after)]));
            }

            watcher.JoinedAfter = Math.Max(after, _order.Position);
            watcher.Index = _watchers.Count;
            _watchers.Add(watcher);

            // A stream starts beyond the position only if Postgres has confirmed that the log reaches this seq.
            ExpectInLog(after);
            RepairIfBehind();
            if (_lastFrame is { } lastFrame)
            {
                watcher.End(lastFrame);
            }

            return true;
        }
    }

    /// <inheritdoc/>
    public void Leave(Watcher watcher)
    {
        lock (_gate)
        {
            watcher.HasLeft = true;
            if (watcher.Index >= 0)
            {
                // The last watcher takes the free index, so that a removal costs the same in a list of any length.
                var lastWatcher = _watchers[^1];
                _watchers[watcher.Index] = lastWatcher;
                lastWatcher.Index = watcher.Index;
                _watchers.RemoveAt(_watchers.Count - 1);
                watcher.Index = -1;
            }
        }

        context.Release(this);
    }

    private void WritePassing(in FeedEvent passingFrame)
    {
        if (_watchers.Count == 0)
        {
            return;
        }

        using var span = RealtimeTelemetry.StartWriteSpan(lead, passingFrame, _watchers.Count, repaired: false);
        var block = passingFrame.Block;
        var sent = 0;
        foreach (var watcher in _watchers)
        {
            sent += watcher.SendPassing(block) ? 1 : 0;
        }

        context.Metrics.CountSent(sent, block.Length * (long)sent);
        context.Metrics.RecordLag(passingFrame, context.Time.GetUtcNow());
    }

    // One block, one measurement per event and one span per traced event serve all clients, however many they are.
    private void WriteEvents(bool repaired)
    {
        if (_unwritten.Count == 0)
        {
            return;
        }

        foreach (var feedEvent in _unwritten)
        {
            _recent.Add(feedEvent);
        }

        if (_watchers.Count > 0)
        {
            var spans = StartSpans(repaired);
            WriteBlock();
            var now = context.Time.GetUtcNow();
            foreach (var feedEvent in _unwritten)
            {
                context.Metrics.RecordLag(feedEvent, now);
            }

            spans?.ForEach(span => span.Dispose());
        }

        _unwritten.Clear();
    }

    private void WriteBlock()
    {
        var block = FeedEvent.Combine(_unwritten);
        var firstSeq = _unwritten[0].Seq;
        var wholeBlocks = 0L;
        var partialEvents = 0L;
        var partialBytes = 0L;
        foreach (var watcher in _watchers)
        {
            if (watcher.JoinedAfter < firstSeq)
            {
                wholeBlocks += watcher.Send(block) ? 1 : 0;
            }
            else if (watcher.JoinedAfter < _order.Position)
            {
                // The client resumed from an instance that was ahead of this one, so the client already has the first events of the block.
                var rest = _unwritten.FindAll(feedEvent => feedEvent.Seq > watcher.JoinedAfter);
                var partialBlock = FeedEvent.Combine(rest);
                var isSent = watcher.Send(partialBlock);
                partialEvents += isSent ? rest.Count : 0;
                partialBytes += isSent ? partialBlock.Length : 0;
            }
        }

        context.Metrics.CountSent(partialEvents + (_unwritten.Count * wholeBlocks), partialBytes + (block.Length * wholeBlocks));
    }

    private List<Activity>? StartSpans(bool repaired)
    {
        List<Activity>? spans = null;
        foreach (var feedEvent in _unwritten)
        {
            if (RealtimeTelemetry.StartWriteSpan(lead, feedEvent, _watchers.Count, repaired) is { } span)
            {
                (spans ??= new List<Activity>(_unwritten.Count)).Add(span);
            }
        }

        return spans;
    }

    private void RepairIfBehind()
    {
        if (_order.IsBehind && !_isRepairing)
        {
            _isRepairing = true;

            // The repair must not inherit the caller's trace context, because each event has its own trace.
            ThreadPool.UnsafeQueueUserWorkItem(static feed => _ = feed.RepairAsync(), this, preferLocal: false);
        }
    }

    private async Task RepairAsync()
    {
        try
        {
            await Task.Delay(context.Options.GapPatience, context.Time, context.Stopping);
            while (TryContinueRepair(out var after, out var logNewest))
            {
                var page = await context.Log.ReadAsync(lead, after, context.Options.PageSize, context.Stopping);
                var isErased = page.Count == 0 && !await context.Log.HasLeadAsync(lead, context.Stopping);
                ApplyPage(page, after, isErased ? 0 : logNewest);
            }
        }
        catch (OperationCanceledException) when (context.Stopping.IsCancellationRequested)
        {
            StopRepair();
        }
        catch (Exception e)
        {
            // Every exception is caught here, because no code awaits this task. The next sweep starts a new repair if the feed is behind.
            LogRepairFailed(lead, e);
            StopRepair();
        }
    }

    private bool TryContinueRepair(out long after, out long logNewest)
    {
        lock (_gate)
        {
            (after, logNewest) = (_order.Position, _logNewest);
            _isRepairing = _order.IsBehind;
            return _isRepairing;
        }
    }

    // The page is what one query saw. A seq is assigned under the lead's row lock, so whatever the page lacks below one of its events, or below
    // the seq that the log had reached before the query, will never exist. The feed skips it: waiting would block the streams for ever.
    private void ApplyPage(List<FeedEvent> page, long after, long logNewest)
    {
        lock (_gate)
        {
            context.Missing.ReportHoles(lead, after, page);
            WriteEvents(repaired: false);
            foreach (var feedEvent in page)
            {
                _order.SkipTo(feedEvent.Seq - 1, _unwritten);
                _order.Offer(feedEvent, _unwritten);
            }

            if (page.Count == 0)
            {
                ApplyEndOfLog(after, logNewest);
            }

            context.Metrics.CountRepaired(_unwritten.Count);
            WriteEvents(repaired: true);
        }
    }

    private void ApplyEndOfLog(long after, long logNewest)
    {
        if (_order.Position != after)
        {
            return;
        }

        if (logNewest > after)
        {
            context.Missing.Report(lead, after + 1, logNewest);
            _order.SkipTo(logNewest, _unwritten);
        }
        else
        {
            LogEventNotInLog(lead, after + 1);
            _order.DiscardBeyondPosition();
        }
    }

    private void ExpectInLog(long seq)
    {
        _logNewest = Math.Max(_logNewest, seq);
        _order.ExpectUpTo(seq);
    }

    private void StopRepair()
    {
        lock (_gate)
        {
            _isRepairing = false;
        }
    }

    // The LoggerMessage source generator requires a field of this type.
    private readonly ILogger _logger = context.Logger;

    [LoggerMessage(LogLevel.Warning, "Event {Seq} of lead {Lead} was announced but is not in the log; ignoring the announcement")]
    private partial void LogEventNotInLog(LeadId lead, long seq);

    [LoggerMessage(LogLevel.Warning, "Missing events of lead {Lead} could not be read from Postgres; the next sweep tries again")]
    private partial void LogRepairFailed(LeadId lead, Exception exception);
}

/// <summary>The services and settings that all feeds of one instance share.</summary>
/// <param name="Log">The log from which missing events are read.</param>
/// <param name="Missing">Reports events that the log does not have.</param>
/// <param name="Options">The stream options.</param>
/// <param name="Metrics">The instruments of this service.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">The logger of all feeds.</param>
/// <param name="Release">Releases a feed. Each stream that ends calls it once.</param>
/// <param name="Stopping">Cancelled when the host stops.</param>
internal sealed record LeadFeedContext(
    LeadLog Log,
    MissingEvents Missing,
    RealtimeOptions Options,
    RealtimeMetrics Metrics,
    TimeProvider Time,
    ILogger Logger,
    Action<LeadFeed> Release,
    CancellationToken Stopping);
