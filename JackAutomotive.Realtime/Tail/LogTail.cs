using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Streams;
using JackAutomotive.Realtime.Telemetry;
using JackAutomotive.Realtime.Transport;

namespace JackAutomotive.Realtime.Tail;

/// <summary>
/// The end of the log of all leads on this instance. It receives each event with its finished frame from <see cref="TailReader"/> and
/// sends the frame to every member whose filter matches.
/// </summary>
internal sealed class LogTail(long position, RealtimeOptions options, RealtimeMetrics metrics)
{
    private readonly Lock _gate = new();
    private readonly TailRing _recent = new(position, options.TailRecentBytes);
    private readonly HashSet<TailFollower> _allLeadsMembers = [];
    private readonly Dictionary<LeadId, HashSet<TailFollower>> _membersByLead = [];
    private readonly HashSet<TailFollower> _filteredMembers = [];
    private long _position = position;
    private bool _hasEnded;

    /// <summary>The place of the newest event that was sent. No event can appear below this place any more.</summary>
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

    /// <summary>Sends events, which must be in the order of the log, to the members that want them.</summary>
    public void Show(IEnumerable<TailEvent> events)
    {
        lock (_gate)
        {
            foreach (var e in events)
            {
                _position = e.Position;
                _recent.Add(e);
                SendToMembers(e);
            }
        }
    }

    /// <summary>Sends a passing frame to the members that want it.</summary>
    public void Pass(LeadId lead, ReadOnlyMemory<byte> frame)
    {
        var type = LeadEventFrame.ReadPassingType(frame.Span);
        var block = Block.Of(frame.Span);
        lock (_gate)
        {
            foreach (var member in FindMembers(lead))
            {
                if (member.Filter.Wants(type))
                {
                    member.Watcher.SendPassing(block);
                }
            }
        }
    }

    /// <summary>
    /// Sends <paramref name="member"/> the events that follow <paramref name="after"/> and adds the member to the live stream. Returns false
    /// if these events exceed half of the backlog limit or are no longer in memory: the caller must then replay a page first.
    /// </summary>
    public bool TryJoin(TailFollower member, long after)
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

            member.SentUpTo = Math.Max(after, _position);
            AddMember(member);
            if (_hasEnded)
            {
                member.Watcher.End(StreamFrames.RetryFrame());
            }

            return true;
        }
    }

    /// <summary>Returns a page of the events that follow <paramref name="after"/> from memory; null if memory does not hold all of them.</summary>
    public TailPage? ReadRecent(TailFilter filter, long after, int maxBytes)
    {
        lock (_gate)
        {
            if (after < _recent.StartsAfter || after >= _position)
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
    /// Sends the current place as the new resume point to members whose filters matched no event lately. When such a client resumes, the
    /// replay does not search the log from the last event that the client received.
    /// </summary>
    public void MoveResumePoints()
    {
        lock (_gate)
        {
            Block? frame = null;
            foreach (var member in _filteredMembers)
            {
                if (member.SentUpTo < _position)
                {
                    frame ??= TailFrames.ResumePoint(_position);
                    member.SentUpTo = _position;
                    member.Watcher.Send(frame);
                }
            }
        }
    }

    /// <summary>Removes a member, whether it has joined or not.</summary>
    public void Leave(TailFollower member)
    {
        lock (_gate)
        {
            member.HasLeft = true;
            _allLeadsMembers.Remove(member);
            _filteredMembers.Remove(member);
            foreach (var lead in member.Filter.Leads ?? new HashSet<LeadId>())
            {
                if (_membersByLead.TryGetValue(lead, out var members) && members.Remove(member) && members.Count == 0)
                {
                    _membersByLead.Remove(lead);
                }
            }
        }
    }

    /// <summary>Ends every stream, because this tail is read no longer. The clients reconnect and get a new tail.</summary>
    public void End()
    {
        lock (_gate)
        {
            _hasEnded = true;
            foreach (var member in _allLeadsMembers.Concat(_membersByLead.Values.SelectMany(members => members)))
            {
                member.Watcher.End(StreamFrames.RetryFrame());
            }
        }
    }

    private bool TrySendRecent(TailFollower member, long after)
    {
        if (after < _recent.StartsAfter)
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

    private void AddMember(TailFollower member)
    {
        if (member.Filter.IsSelective)
        {
            _filteredMembers.Add(member);
        }

        if (member.Filter.Leads is null)
        {
            _allLeadsMembers.Add(member);
            return;
        }

        foreach (var lead in member.Filter.Leads)
        {
            if (!_membersByLead.TryGetValue(lead, out var members))
            {
                _membersByLead[lead] = members = [];
            }

            members.Add(member);
        }
    }

    // A member can join with a resume point ahead of this instance. It receives no event until the log passes that point.
    private void SendToMembers(in TailEvent e)
    {
        foreach (var member in FindMembers(e.Lead))
        {
            if (e.Position > member.SentUpTo && member.Filter.Wants(e.Type))
            {
                member.SentUpTo = e.Position;
                Send(member, e.Block, 1);
            }
        }
    }

    private void Send(TailFollower member, Block block, int events)
    {
        if (member.Watcher.Send(block))
        {
            metrics.CountSent(events, block.Length);
        }
    }

    private IEnumerable<TailFollower> FindMembers(LeadId lead) =>
        _membersByLead.TryGetValue(lead, out var members) ? _allLeadsMembers.Concat(members) : _allLeadsMembers;
}
