using System.Diagnostics;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Streams;
using JackAutomotive.Realtime.Telemetry;

namespace JackAutomotive.Realtime.Feeds;

/// <summary>
/// The feed of one watched lead on this instance. The feed receives published messages, puts them in seq order, combines messages that
/// arrived together into one block, and sends the block to every stream of the lead. Missing events are read from Postgres before any
/// later event is sent.
/// </summary>
internal sealed partial class LeadFeed(LeadId lead, long position, LeadFeedContext parts) : IWatchSource
{
    private readonly Lock _gate = new();
    private readonly SeqOrder _order = new(position);
    private readonly RecentEvents _recent = new(Math.Min(parts.Options.RecentBytes, parts.Options.BacklogBytes / 2));
    private readonly List<Watcher> _watchers = [];

    // Events in seq order that are not yet written to the streams.
    private readonly List<FeedEvent> _unwritten = [];
    private bool _isRepairing;
    private bool _isErased;

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
    /// Receives a published message. Returns true if events wait to be written; the caller then calls <see cref="Flush"/> after the last
    /// message of a batch, so that messages that arrived together are written together.
    /// </summary>
    public bool Receive(in FeedEvent message)
    {
        lock (_gate)
        {
            if (message.IsPassing)
            {
                // A passing frame keeps its order among the events, but in a separate block: a client that is behind skips the frame.
                WriteEvents(repaired: false);
                WritePassing(message);
                return false;
            }

            _order.Offer(message, _unwritten);
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

    /// <summary>Records that the log reaches <paramref name="seq"/>. A feed that is behind reads what is missing from Postgres.</summary>
    public void CatchUpTo(long seq)
    {
        lock (_gate)
        {
            _order.ExpectUpTo(seq);
            RepairIfBehind();
        }
    }

    /// <summary>Ends all streams of the lead. The last frame of each stream says that the lead was erased.</summary>
    public void EndErased()
    {
        lock (_gate)
        {
            _isErased = true;
            var last = StreamFrames.LeadErased(lead);
            foreach (var watcher in _watchers)
            {
                watcher.End(last);
            }
        }
    }

    /// <summary>
    /// Adds <paramref name="watcher"/> to the feed: the watcher gets every event that follows <paramref name="after"/>, and then live
    /// events. Returns false if the events in between are no longer in memory; the caller must then replay them from Postgres first.
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

                watcher.Send(FeedEvent.Combine([.. _recent.EventsAfter(after)]));
            }

            watcher.JoinedAfter = Math.Max(after, _order.Position);
            watcher.Index = _watchers.Count;
            _watchers.Add(watcher);
            _order.ExpectUpTo(after);
            RepairIfBehind();
            if (_isErased)
            {
                watcher.End(StreamFrames.LeadErased(lead));
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
                var last = _watchers[^1];
                _watchers[watcher.Index] = last;
                last.Index = watcher.Index;
                _watchers.RemoveAt(_watchers.Count - 1);
                watcher.Index = -1;
            }
        }

        parts.Release(this);
    }

    private void WritePassing(in FeedEvent message)
    {
        if (_watchers.Count == 0)
        {
            return;
        }

        using var span = RealtimeTelemetry.StartWriteSpan(lead, message, _watchers.Count, repaired: false);
        var block = message.Block;
        var sent = 0;
        foreach (var watcher in _watchers)
        {
            sent += watcher.SendPassing(block) ? 1 : 0;
        }

        parts.Metrics.CountSent(sent, block.Length * (long)sent);
        parts.Metrics.RecordLag(message, parts.Time.GetUtcNow());
    }

    // The cost does not grow with the number of clients: one block, one measurement per event, and one span per traced event.
    private void WriteEvents(bool repaired)
    {
        if (_unwritten.Count == 0)
        {
            return;
        }

        foreach (var message in _unwritten)
        {
            _recent.Add(message);
        }

        if (_watchers.Count > 0)
        {
            var spans = StartSpans(repaired);
            WriteBlock();
            var now = parts.Time.GetUtcNow();
            foreach (var message in _unwritten)
            {
                parts.Metrics.RecordLag(message, now);
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
                // The client came from an instance that was ahead of this one, so the client already has the start of the block.
                var rest = _unwritten.FindAll(message => message.Seq > watcher.JoinedAfter);
                var partialBlock = FeedEvent.Combine(rest);
                partialEvents += watcher.Send(partialBlock) ? rest.Count : 0;
                partialBytes += partialBlock.Length;
            }
        }

        parts.Metrics.CountSent(partialEvents + (_unwritten.Count * wholeBlocks), partialBytes + (block.Length * wholeBlocks));
    }

    private List<Activity>? StartSpans(bool repaired)
    {
        List<Activity>? spans = null;
        foreach (var message in _unwritten)
        {
            if (RealtimeTelemetry.StartWriteSpan(lead, message, _watchers.Count, repaired) is { } span)
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
            await Task.Delay(parts.Options.GapPatience, parts.Time, parts.Stopping);
            while (ContinueRepair(out var after))
            {
                var page = await parts.Log.ReadAsync(lead, after, parts.Options.PageSize, parts.Stopping);
                ApplyPage(page, after);
            }
        }
        catch (OperationCanceledException) when (parts.Stopping.IsCancellationRequested)
        {
            StopRepair();
        }
        catch (Exception e)
        {
            // Every exception ends here, because no code awaits this task. The next sweep finds the feed behind and starts a new repair.
            LogRepairFailed(lead, e);
            StopRepair();
        }
    }

    private bool ContinueRepair(out long after)
    {
        lock (_gate)
        {
            after = _order.Position;
            _isRepairing = _order.IsBehind;
            return _isRepairing;
        }
    }

    private void ApplyPage(List<FeedEvent> page, long after)
    {
        lock (_gate)
        {
            if (page.Count == 0 && _order.Position == after)
            {
                LogEventNotInLog(lead, after + 1);
                _order.DiscardBeyondPosition();
                return;
            }

            WriteEvents(repaired: false);
            var before = _order.Position;
            foreach (var message in page)
            {
                _order.Offer(message, _unwritten);
            }

            parts.Metrics.CountRepaired(_order.Position - before);
            WriteEvents(repaired: true);
        }
    }

    private void StopRepair()
    {
        lock (_gate)
        {
            _isRepairing = false;
        }
    }

    // The LoggerMessage source generator requires a field of this type.
    private readonly ILogger _logger = parts.Logger;

    [LoggerMessage(LogLevel.Warning, "Event {Seq} of lead {Lead} was announced but is not in the log; ignoring the announcement")]
    private partial void LogEventNotInLog(LeadId lead, long seq);

    [LoggerMessage(LogLevel.Warning, "Missing events of lead {Lead} could not be read from Postgres; the next sweep tries again")]
    private partial void LogRepairFailed(LeadId lead, Exception exception);
}

/// <summary>The services and settings that all feeds of one instance share.</summary>
/// <param name="Log">The log from which missing events are read.</param>
/// <param name="Options">The stream options.</param>
/// <param name="Metrics">The instruments of this service.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">The logger of all feeds.</param>
/// <param name="Release">Releases a feed; called once for each stream that ends.</param>
/// <param name="Stopping">Cancelled when the host stops.</param>
internal sealed record LeadFeedContext(
    LeadLog Log,
    RealtimeOptions Options,
    RealtimeMetrics Metrics,
    TimeProvider Time,
    ILogger Logger,
    Action<LeadFeed> Release,
    CancellationToken Stopping);
