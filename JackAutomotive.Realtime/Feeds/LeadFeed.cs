using System.Diagnostics;
using JackAutomotive.Contract;
using JackAutomotive.Realtime.Telemetry;

namespace JackAutomotive.Realtime.Events;

/// <summary>
/// One watched lead on this instance: takes messages as they come, puts them in order, makes one block of what came together, and
/// sends it to every stream of the lead. What is missing is read from Postgres before anything later is shown.
/// </summary>
internal sealed partial class LeadFeed(LeadId lead, long position, LeadFeedParts parts) : IWatched
{
    private readonly Lock _gate = new();
    private readonly SeqOrder _order = new(position);
    private readonly RecentEvents _recent = new(Math.Min(parts.Options.RecentBytes, parts.Options.BacklogBytes / 2));
    private readonly List<Watcher> _watchers = [];

    // In order, in the log's sense, and not yet written.
    private readonly List<FeedEvent> _toWrite = [];
    private bool _isRepairing;
    private bool _isErased;

    /// <summary>Whose feed this is.</summary>
    public LeadId Lead => lead;

    /// <summary>The seq of the newest event that was handed to the watchers.</summary>
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
    /// Takes a published message. True if <see cref="WriteOut"/> has something to write afterwards, which the caller sees to: what
    /// comes together is written together.
    /// </summary>
    public bool Take(in FeedEvent message)
    {
        lock (_gate)
        {
            if (message.IsPassing)
            {
                // At its place among the others, but in a block of its own: a client that is behind does without.
                WriteEvents(repaired: false);
                Pass(message);
                return false;
            }

            _order.Offer(message, _toWrite);
            RepairIfBehind();
            return _toWrite.Count > 0;
        }
    }

    /// <summary>Writes what was taken to all streams of the lead.</summary>
    public void WriteOut()
    {
        lock (_gate)
        {
            WriteEvents(repaired: false);
        }
    }

    /// <summary>Tells the feed what Postgres has; if the feed has less, it reads the rest.</summary>
    public void MustReach(long seq)
    {
        lock (_gate)
        {
            _order.MustExist(seq);
            RepairIfBehind();
        }
    }

    /// <summary>The lead is no more: all its streams end, and say why.</summary>
    public void Erase()
    {
        lock (_gate)
        {
            _isErased = true;
            var last = StreamFrames.Erased(lead);
            foreach (var watcher in _watchers)
            {
                watcher.End(last);
            }
        }
    }

    /// <summary>
    /// Lets <paramref name="watcher"/> have every event that follows <paramref name="after"/>, from now on live. False if the
    /// events in between are no longer in memory: then they have to be read from Postgres first.
    /// </summary>
    public bool TryJoin(Watcher watcher, long after)
    {
        lock (_gate)
        {
            if (watcher.HasLeft)
            {
                return true;
            }

            // What was taken but not written is for those who are there already, and for this one by the memory of recent events.
            WriteEvents(repaired: false);
            if (after < _order.Position)
            {
                if (!_recent.Reaches(after))
                {
                    return false;
                }

                watcher.Send(FeedEvent.Glue([.. _recent.After(after)]));
            }

            watcher.JoinedAfter = Math.Max(after, _order.Position);
            watcher.Place = _watchers.Count;
            _watchers.Add(watcher);
            _order.MustExist(after);
            RepairIfBehind();
            if (_isErased)
            {
                watcher.End(StreamFrames.Erased(lead));
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
            if (watcher.Place >= 0)
            {
                var last = _watchers[^1];
                _watchers[watcher.Place] = last;
                last.Place = watcher.Place;
                _watchers.RemoveAt(_watchers.Count - 1);
                watcher.Place = -1;
            }
        }

        parts.Release(this);
    }

    private void Pass(in FeedEvent message)
    {
        if (_watchers.Count == 0)
        {
            return;
        }

        using var span = RealtimeTelemetry.StartWrite(lead, message, _watchers.Count, repaired: false);
        var block = message.Block;
        var sent = 0;
        foreach (var watcher in _watchers)
        {
            sent += watcher.SendPassing(block) ? 1 : 0;
        }

        parts.Metrics.Sent(sent, block.Length * (long)sent);
        parts.Metrics.HandedOut(message, parts.Time.GetUtcNow());
    }

    // One block, one measurement for each event and one span for each that belongs to a trace, however many clients there are.
    private void WriteEvents(bool repaired)
    {
        if (_toWrite.Count == 0)
        {
            return;
        }

        foreach (var message in _toWrite)
        {
            _recent.Add(message);
        }

        if (_watchers.Count > 0)
        {
            var spans = StartSpans(repaired);
            Write();
            var now = parts.Time.GetUtcNow();
            foreach (var message in _toWrite)
            {
                parts.Metrics.HandedOut(message, now);
            }

            spans?.ForEach(span => span.Dispose());
        }

        _toWrite.Clear();
    }

    private void Write()
    {
        var block = FeedEvent.Glue(_toWrite);
        var first = _toWrite[0].Seq;
        var sent = 0;
        var events = 0L;
        var bytes = 0L;
        foreach (var watcher in _watchers)
        {
            if (watcher.JoinedAfter < first)
            {
                sent += watcher.Send(block) ? 1 : 0;
            }
            else if (watcher.JoinedAfter < _order.Position)
            {
                // It came from an instance that was ahead of this one.
                var rest = _toWrite.FindAll(message => message.Seq > watcher.JoinedAfter);
                var own = FeedEvent.Glue(rest);
                events += watcher.Send(own) ? rest.Count : 0;
                bytes += own.Length;
            }
        }

        parts.Metrics.Sent(events + (_toWrite.Count * (long)sent), bytes + (block.Length * (long)sent));
    }

    private List<Activity>? StartSpans(bool repaired)
    {
        List<Activity>? spans = null;
        foreach (var message in _toWrite)
        {
            if (RealtimeTelemetry.StartWrite(lead, message, _watchers.Count, repaired) is { } span)
            {
                (spans ??= new List<Activity>(_toWrite.Count)).Add(span);
            }
        }

        return spans;
    }

    private void RepairIfBehind()
    {
        if (_order.Behind && !_isRepairing)
        {
            _isRepairing = true;

            // Without the context of whoever noticed: events have traces of their own.
            ThreadPool.UnsafeQueueUserWorkItem(static feed => _ = feed.RepairAsync(), this, preferLocal: false);
        }
    }

    private async Task RepairAsync()
    {
        try
        {
            await Task.Delay(parts.Options.GapPatience, parts.Time, parts.Stopping);
            while (StillBehind(out var after))
            {
                var page = await parts.Log.ReadAsync(lead, after, parts.Options.PageSize, parts.Stopping);
                Fill(page, after);
            }
        }
        catch (OperationCanceledException) when (parts.Stopping.IsCancellationRequested)
        {
            GiveUp();
        }
        catch (Exception e)
        {
            // Whatever it was, nobody awaits this: the next sweep finds the feed behind and starts again.
            LogRepairFailed(lead, e);
            GiveUp();
        }
    }

    private bool StillBehind(out long after)
    {
        lock (_gate)
        {
            after = _order.Position;
            _isRepairing = _order.Behind;
            return _isRepairing;
        }
    }

    private void Fill(List<FeedEvent> page, long after)
    {
        lock (_gate)
        {
            if (page.Count == 0 && _order.Position == after)
            {
                LogNotInLog(lead, after + 1);
                _order.NothingFollows();
                return;
            }

            WriteEvents(repaired: false);
            var before = _order.Position;
            foreach (var message in page)
            {
                _order.Offer(message, _toWrite);
            }

            parts.Metrics.Repaired(_order.Position - before);
            WriteEvents(repaired: true);
        }
    }

    private void GiveUp()
    {
        lock (_gate)
        {
            _isRepairing = false;
        }
    }

    // LoggerMessage looks for a field of this type.
    private readonly ILogger _logger = parts.Logger;

    [LoggerMessage(LogLevel.Warning, "Event {Seq} of lead {Lead} was announced but is not in the log; ignoring the announcement")]
    private partial void LogNotInLog(LeadId lead, long seq);

    [LoggerMessage(LogLevel.Warning, "Events of lead {Lead} that are missing here could not be read from Postgres; trying again shortly")]
    private partial void LogRepairFailed(LeadId lead, Exception exception);
}

/// <summary>What every feed of one instance shares.</summary>
/// <param name="Log">Where missing events are read.</param>
/// <param name="Options">How streams behave.</param>
/// <param name="Metrics">What is counted.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">For what goes wrong.</param>
/// <param name="Release">Gives a feed back, once for each stream.</param>
/// <param name="Stopping">The host stops.</param>
internal sealed record LeadFeedParts(
    LeadLog Log,
    RealtimeOptions Options,
    RealtimeMetrics Metrics,
    TimeProvider Time,
    ILogger Logger,
    Action<LeadFeed> Release,
    CancellationToken Stopping);
