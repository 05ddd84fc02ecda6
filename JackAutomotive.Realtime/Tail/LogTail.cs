using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Streams;
using JackAutomotive.Realtime.Telemetry;
using JackAutomotive.Realtime.Transport;

namespace JackAutomotive.Realtime.Tail;

/// <summary>
/// The end of the log of all leads on this instance. It receives each event with its finished frame from <see cref="TailReader"/> and
/// sends the frame to every follower whose filter matches.
/// </summary>
internal sealed class LogTail(long startPlace, RealtimeOptions options, RealtimeMetrics metrics)
{
    private readonly Lock _gate = new();
    private readonly TailRing _recent = new(startPlace, options.TailRecentBytes);
    private readonly HashSet<TailFollower> _allLeadsFollowers = [];
    private readonly Dictionary<LeadId, HashSet<TailFollower>> _followersByLead = [];
    private readonly HashSet<TailFollower> _filteredFollowers = [];
    private long _place = startPlace;
    private bool _hasEnded;

    /// <summary>The place of the newest sent event; at first, the start place. No event can appear below this place any more.</summary>
    public long Place
    {
        get
        {
            lock (_gate)
            {
                return _place;
            }
        }
    }

    /// <summary>Sends events, which must be in the order of the log, to the followers that want them.</summary>
    public void SendEvents(IEnumerable<TailEvent> events)
    {
        lock (_gate)
        {
            foreach (var tailEvent in events)
            {
                _place = tailEvent.Place;
                _recent.Add(tailEvent);
                SendToFollowers(tailEvent);
            }
        }
    }

    /// <summary>Sends a passing frame to the followers that want it.</summary>
    public void Pass(LeadId lead, ReadOnlyMemory<byte> frame)
    {
        var type = LeadEventFrame.ReadPassingType(frame.Span);
        var block = Block.Of(frame.Span);
        lock (_gate)
        {
            foreach (var follower in FindFollowers(lead))
            {
                if (follower.Filter.Wants(type))
                {
                    follower.Watcher.SendPassing(block);
                }
            }
        }
    }

    /// <summary>
    /// Sends <paramref name="follower"/> the events that follow <paramref name="after"/> and adds the follower to the live stream. Returns false
    /// if these events exceed half of the backlog limit or are no longer in memory: the caller must then replay a page first. Returns true
    /// without effect if the follower has left.
    /// </summary>
    public bool TryJoin(TailFollower follower, long after)
    {
        lock (_gate)
        {
            if (follower.HasLeft)
            {
                return true;
            }

            if (after < _place && !TrySendRecent(follower, after))
            {
                return false;
            }

            follower.SentUpTo = Math.Max(after, _place);
            AddFollower(follower);
            if (_hasEnded)
            {
                follower.Watcher.End(StreamFrames.CreateRetryFrame());
            }

            return true;
        }
    }

    /// <summary>Returns a page of the events that follow <paramref name="after"/> from memory; null if memory does not hold all of them.</summary>
    public TailPage? ReadRecent(TailFilter filter, long after, int maxBytes)
    {
        lock (_gate)
        {
            if (after < _recent.StartsAfter || after >= _place)
            {
                return null;
            }

            var (frames, bytes, readUpTo) = (new List<ReadOnlyMemory<byte>>(), 0, after);
            foreach (var tailEvent in _recent.GetEventsAfter(after))
            {
                if (bytes >= maxBytes)
                {
                    break;
                }

                readUpTo = tailEvent.Place;
                if (filter.Wants(tailEvent.Lead, tailEvent.Type))
                {
                    frames.Add(tailEvent.Block.Frames);
                    bytes += tailEvent.Block.Length;
                }
            }

            return new TailPage(frames, readUpTo);
        }
    }

    /// <summary>
    /// Sends the current place as the new resume point to followers whose filters matched no event lately. When such a client resumes, the
    /// replay does not have to search the log from the last event that matched.
    /// </summary>
    public void MoveResumePoints()
    {
        lock (_gate)
        {
            Block? frame = null;
            foreach (var follower in _filteredFollowers)
            {
                if (follower.SentUpTo < _place)
                {
                    frame ??= TailFrames.BuildResumePoint(_place);
                    follower.SentUpTo = _place;
                    follower.Watcher.Send(frame);
                }
            }
        }
    }

    /// <summary>Removes a follower, whether it has joined or not.</summary>
    public void Leave(TailFollower follower)
    {
        lock (_gate)
        {
            follower.HasLeft = true;
            _allLeadsFollowers.Remove(follower);
            _filteredFollowers.Remove(follower);
            foreach (var lead in follower.Filter.Leads ?? new HashSet<LeadId>())
            {
                if (_followersByLead.TryGetValue(lead, out var followers) && followers.Remove(follower) && followers.Count == 0)
                {
                    _followersByLead.Remove(lead);
                }
            }
        }
    }

    /// <summary>Ends every stream when this tail is no longer read. The clients reconnect and get a new tail.</summary>
    public void End()
    {
        lock (_gate)
        {
            _hasEnded = true;
            foreach (var follower in _allLeadsFollowers.Concat(_followersByLead.Values.SelectMany(followers => followers)))
            {
                follower.Watcher.End(StreamFrames.CreateRetryFrame());
            }
        }
    }

    private bool TrySendRecent(TailFollower follower, long after)
    {
        if (after < _recent.StartsAfter)
        {
            return false;
        }

        var missed = _recent.GetEventsAfter(after).Where(e => follower.Filter.Wants(e.Lead, e.Type)).ToList();
        if (missed.Sum(e => e.Block.Length) > options.BacklogBytes / 2)
        {
            return false;
        }

        if (missed.Count > 0)
        {
            Send(follower, Block.Of([.. missed.Select(e => e.Block.Frames)]), missed.Count);
        }

        return true;
    }

    private void AddFollower(TailFollower follower)
    {
        if (follower.Filter.IsSelective)
        {
            _filteredFollowers.Add(follower);
        }

        if (follower.Filter.Leads is null)
        {
            _allLeadsFollowers.Add(follower);
            return;
        }

        foreach (var lead in follower.Filter.Leads)
        {
            if (!_followersByLead.TryGetValue(lead, out var followers))
            {
                _followersByLead[lead] = followers = [];
            }

            followers.Add(follower);
        }
    }

    // A follower can join with a resume point ahead of this instance. It receives no event until the log passes that point.
    private void SendToFollowers(in TailEvent tailEvent)
    {
        foreach (var follower in FindFollowers(tailEvent.Lead))
        {
            if (tailEvent.Place > follower.SentUpTo && follower.Filter.Wants(tailEvent.Type))
            {
                follower.SentUpTo = tailEvent.Place;
                Send(follower, tailEvent.Block, 1);
            }
        }
    }

    private void Send(TailFollower follower, Block block, int eventCount)
    {
        if (follower.Watcher.Send(block))
        {
            metrics.CountSent(eventCount, block.Length);
        }
    }

    private IEnumerable<TailFollower> FindFollowers(LeadId lead) =>
        _followersByLead.TryGetValue(lead, out var followers) ? _allLeadsFollowers.Concat(followers) : _allLeadsFollowers;
}
