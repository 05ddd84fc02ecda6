using JackAutomotive.Contract;
using JackAutomotive.Realtime.Connections;
using JackAutomotive.Realtime.Events;
using JackAutomotive.Realtime.Telemetry;

namespace JackAutomotive.Realtime.Tail;

/// <summary>
/// The end of the log of all leads on this instance: takes events as they are read, frames and all, and hands them to everybody who
/// follows, each as far as its filter wants them.
/// </summary>
internal sealed class LogTail(long position, RealtimeOptions options, RealtimeMetrics metrics)
{
    private readonly Lock _gate = new();
    private readonly TailRing _recent = new(position, options.TailRecentBytes);
    private readonly HashSet<TailMember> _ofAllLeads = [];
    private readonly Dictionary<LeadId, HashSet<TailMember>> _byLead = [];
    private readonly HashSet<TailMember> _narrow = [];
    private long _position = position;
    private bool _isOver;

    /// <summary>The place of the newest event that was handed out; nothing before it can still come.</summary>
    public long Position
    {
        get
        {
            lock (_gate)
            {
                return _position;
            }
        }
    }

    /// <summary>Hands out events in the order of the log.</summary>
    public void Show(IEnumerable<TailEvent> events)
    {
        lock (_gate)
        {
            foreach (var e in events)
            {
                _position = e.Position;
                _recent.Add(e);
                HandOut(e);
            }
        }
    }

    /// <summary>Hands out a passing frame.</summary>
    public void Pass(LeadId lead, ReadOnlyMemory<byte> frame)
    {
        var type = LeadEventFrame.TypeOfPassing(frame.Span);
        var block = Block.Of(frame.Span);
        lock (_gate)
        {
            foreach (var member in FollowersOf(lead))
            {
                if (member.Filter.Wants(type))
                {
                    member.Watcher.SendPassing(block);
                }
            }
        }
    }

    /// <summary>
    /// Lets <paramref name="member"/> have what follows <paramref name="after"/>, from now on live. False if that is more than can be
    /// left waiting, or no longer in memory: then it has to be fetched first.
    /// </summary>
    public bool TryJoin(TailMember member, long after)
    {
        lock (_gate)
        {
            if (member.HasLeft)
            {
                return true;
            }

            if (after < _position && !TrySendRecent(member, after))
            {
                return false;
            }

            member.ToldUpTo = Math.Max(after, _position);
            Add(member);
            if (_isOver)
            {
                member.Watcher.End(StreamFrames.Farewell());
            }

            return true;
        }
    }

    /// <summary>A piece of what follows <paramref name="after"/>, from memory; null if it is no longer there.</summary>
    public TailPage? Recall(TailFilter filter, long after, int maxBytes)
    {
        lock (_gate)
        {
            if (after < _recent.From || after >= _position)
            {
                return null;
            }

            var (frames, bytes) = (new List<ReadOnlyMemory<byte>>(), 0);
            foreach (var e in _recent.After(after))
            {
                if (bytes >= maxBytes)
                {
                    return new TailPage(frames, after);
                }

                after = e.Position;
                if (filter.Wants(e.Lead, e.Type))
                {
                    frames.Add(e.Block.Frames);
                    bytes += e.Block.Length;
                }
            }

            return new TailPage(frames, after);
        }
    }

    /// <summary>
    /// Moves the resume points of those who got nothing lately because their filters wanted nothing: when they come back, the log is
    /// not searched from where they saw something last.
    /// </summary>
    public void MoveResumePoints()
    {
        lock (_gate)
        {
            Block? frame = null;
            foreach (var member in _narrow)
            {
                if (member.ToldUpTo < _position)
                {
                    frame ??= TailFrames.ResumePoint(_position);
                    member.ToldUpTo = _position;
                    member.Watcher.Send(frame);
                }
            }
        }
    }

    /// <summary>Takes a client off. It need not have joined.</summary>
    public void Leave(TailMember member)
    {
        lock (_gate)
        {
            member.HasLeft = true;
            _ofAllLeads.Remove(member);
            _narrow.Remove(member);
            foreach (var lead in member.Filter.Leads ?? new HashSet<LeadId>())
            {
                if (_byLead.TryGetValue(lead, out var followers) && followers.Remove(member) && followers.Count == 0)
                {
                    _byLead.Remove(lead);
                }
            }
        }
    }

    /// <summary>Nobody reads any more: every stream ends, and its client comes back to another tail.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isOver = true;
            foreach (var member in _ofAllLeads.Concat(_byLead.Values.SelectMany(followers => followers)))
            {
                member.Watcher.End(StreamFrames.Farewell());
            }
        }
    }

    private bool TrySendRecent(TailMember member, long after)
    {
        if (after < _recent.From)
        {
            return false;
        }

        var missed = _recent.After(after).Where(e => member.Filter.Wants(e.Lead, e.Type)).ToList();
        if (missed.Sum(e => e.Block.Length) > options.BacklogBytes / 2)
        {
            return false;
        }

        if (missed.Count > 0)
        {
            Send(member, Block.Of([.. missed.Select(e => e.Block.Frames)]), missed.Count);
        }

        return true;
    }

    private void Add(TailMember member)
    {
        if (member.Filter.IsNarrow)
        {
            _narrow.Add(member);
        }

        if (member.Filter.Leads is null)
        {
            _ofAllLeads.Add(member);
            return;
        }

        foreach (var lead in member.Filter.Leads)
        {
            if (!_byLead.TryGetValue(lead, out var followers))
            {
                _byLead[lead] = followers = [];
            }

            followers.Add(member);
        }
    }

    // One whose client was ahead of this instance when it joined is told nothing until the log gets there.
    private void HandOut(in TailEvent e)
    {
        foreach (var member in FollowersOf(e.Lead))
        {
            if (e.Position > member.ToldUpTo && member.Filter.Wants(e.Type))
            {
                member.ToldUpTo = e.Position;
                Send(member, e.Block, 1);
            }
        }
    }

    private void Send(TailMember member, Block block, int events)
    {
        if (member.Watcher.Send(block))
        {
            metrics.Sent(events, block.Length);
        }
    }

    private IEnumerable<TailMember> FollowersOf(LeadId lead) =>
        _byLead.TryGetValue(lead, out var followers) ? _ofAllLeads.Concat(followers) : _ofAllLeads;
}
