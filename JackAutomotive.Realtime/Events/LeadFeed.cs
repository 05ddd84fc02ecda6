using JackAutomotive.Contract;
using JackAutomotive.Realtime.Telemetry;

namespace JackAutomotive.Realtime.Events;

/// <summary>
/// One watched lead on this instance: takes messages as they come, hands them in order and once to every connection that
/// watches, and reads what is missing from Postgres before it shows anything later.
/// </summary>
internal sealed partial class LeadFeed(LeadId lead, long position, LeadFeedParts parts)
{
    private readonly Lock _gate = new();
    private readonly SeqOrder _order = new(position);
    private readonly RecentEvents _recent = new(Math.Min(parts.Options.RecentBytes, parts.Options.BacklogBytes / 2));
    private readonly List<Watcher> _watchers = [];
    private readonly List<LeadMessage> _inOrder = [];
    private bool _repairing;

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

    /// <summary>Takes a published message. A passing one goes straight to whoever watches: the log knows nothing of it.</summary>
    public void Accept(in LeadMessage message)
    {
        lock (_gate)
        {
            if (message.IsPassing)
            {
                HandOut(message, repaired: false);
                return;
            }

            Show(message, repaired: false);
            RepairIfBehind();
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

    /// <summary>
    /// Lets <paramref name="watcher"/> have every event that follows <paramref name="after"/>, from now on live. False if the
    /// events in between are no longer in memory: then they have to be read from Postgres first.
    /// </summary>
    public bool TryJoin(Watcher watcher, long after)
    {
        lock (_gate)
        {
            if (after < _order.Position)
            {
                if (!_recent.Reaches(after))
                {
                    return false;
                }

                foreach (var message in _recent.After(after))
                {
                    watcher.Send(message.Frame);
                }
            }

            watcher.JoinedAfter = Math.Max(after, _order.Position);
            _watchers.Add(watcher);
            _order.MustExist(after);
            RepairIfBehind();
            return true;
        }
    }

    /// <summary>Takes a connection off the feed. It need not have joined.</summary>
    public void Leave(Watcher watcher)
    {
        lock (_gate)
        {
            _watchers.Remove(watcher);
        }
    }

    private void Show(in LeadMessage message, bool repaired)
    {
        _order.Offer(message, _inOrder);
        foreach (var next in _inOrder)
        {
            _recent.Add(next);
            HandOut(next, repaired);
        }

        _inOrder.Clear();
    }

    // One span and one measurement for an event, however many clients there are.
    private void HandOut(in LeadMessage message, bool repaired)
    {
        if (_watchers.Count == 0)
        {
            return;
        }

        using var span = RealtimeTelemetry.StartWrite(lead, message, _watchers.Count, repaired);
        foreach (var watcher in _watchers)
        {
            if (message.IsPassing)
            {
                watcher.SendPassing(message.Frame);
            }
            else if (message.Seq > watcher.JoinedAfter)
            {
                watcher.Send(message.Frame);
            }
        }

        parts.Metrics.HandedOut(message.Frame.Span, parts.Time.GetUtcNow());
    }

    private void RepairIfBehind()
    {
        if (_order.Behind && !_repairing)
        {
            _repairing = true;

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
            _repairing = _order.Behind;
            return _repairing;
        }
    }

    private void Fill(List<LeadMessage> page, long after)
    {
        lock (_gate)
        {
            if (page.Count == 0 && _order.Position == after)
            {
                LogNotInLog(lead, after + 1);
                _order.NothingFollows();
                return;
            }

            var before = _order.Position;
            foreach (var message in page)
            {
                Show(message, repaired: true);
            }

            parts.Metrics.Repaired(_order.Position - before);
        }
    }

    private void GiveUp()
    {
        lock (_gate)
        {
            _repairing = false;
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
internal sealed record LeadFeedParts(
    LeadLog Log,
    RealtimeOptions Options,
    RealtimeMetrics Metrics,
    TimeProvider Time,
    ILogger Logger,
    CancellationToken Stopping);
