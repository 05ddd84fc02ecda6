using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Streams;
using JackAutomotive.Realtime.Transport;

namespace JackAutomotive.Realtime.Presence;

/// <summary>
/// The names of the viewers who watch one lead on this instance, and the fields that Redis last reported for all instances. The lock of
/// <see cref="PresenceRegistry"/> guards the state.
/// </summary>
internal sealed class LeadPresence(LeadId lead)
{
    // After Redis lost a hash, the other instances also detect the loss and rewrite their fields within this time.
    private static readonly TimeSpan s_lossDetectionTime = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, LocalStreams> _local = [];
    private readonly Dictionary<string, DateTimeOffset> _writtenNames = [];
    private readonly HashSet<string> _unconfirmedNames = [];
    private HashSet<Watcher> _newcomers = [];
    private string[]? _shownNames;
    private bool _isRewrite;

    /// <summary>The fields of all instances, this one included, as of the last read of Redis.</summary>
    public IReadOnlyList<PresenceField> Known { get; private set; } = [];

    /// <summary>The presence frame that the lead's watchers received last; empty if there was none.</summary>
    public ReadOnlyMemory<byte> Frame { get; private set; }

    /// <summary>When Redis must be read although no name joined or left on this instance (UTC); null if no read is due.</summary>
    public DateTimeOffset? ReadAt { get; set; }

    /// <summary>True if no name watches the lead on this instance and Redis holds no field of this instance.</summary>
    public bool IsEmpty => _local.Count == 0 && _writtenNames.Count == 0 && _unconfirmedNames.Count == 0;

    public void Join(string name, Watcher watcher, DateTimeOffset now)
    {
        var (count, since) = _local.GetValueOrDefault(name, new LocalStreams(0, now));
        _local[name] = new LocalStreams(count + 1, since);
        if (_writtenNames.ContainsKey(name) && !Frame.IsEmpty)
        {
            watcher.SendPassing(Block.Of(Frame.Span));
        }
        else
        {
            _newcomers.Add(watcher);
        }
    }

    // The name keeps its start time until the removal is written to Redis: a viewer who reconnects before that has not left.
    public void Leave(string name, Watcher watcher)
    {
        if (_local.TryGetValue(name, out var entry))
        {
            _local[name] = entry with { Count = entry.Count - 1 };
        }

        _newcomers.Remove(watcher);
    }

    /// <summary>
    /// Records a presence frame that was published to all watchers. If the frame is new, Redis is read next, because the frame does not say
    /// which instance the change came from.
    /// </summary>
    public void RecordFrame(ReadOnlyMemory<byte> frame, DateTimeOffset now)
    {
        if (!frame.Span.SequenceEqual(Frame.Span))
        {
            (Frame, _shownNames) = (frame, PresenceFrame.ReadNames(frame.Span));
            ReadAt ??= now;
        }
    }

    /// <summary>Records that Redis lost the fields that this instance wrote, so that they are written again. No effect without such fields.</summary>
    public void MarkLost(DateTimeOffset readAt)
    {
        if (_writtenNames.Count == 0)
        {
            return;
        }

        _writtenNames.Clear();
        _isRewrite = true;
        ReadAt = readAt;
    }

    /// <summary>Returns what must be written to or read from Redis now; null if nothing is due.</summary>
    public PresenceChange? FindChange(DateTimeOffset now)
    {
        var joined = _local.Where(entry => entry.Value.Count > 0 && !_writtenNames.ContainsKey(entry.Key))
            .Select(entry => new LeadWatcher(entry.Key, entry.Value.Since)).ToList();
        var left = _writtenNames.Keys.Union(_unconfirmedNames).Where(name => _local.GetValueOrDefault(name).Count == 0).ToList();
        foreach (var unwritten in _local.Where(entry => entry.Value.Count == 0 && !_writtenNames.ContainsKey(entry.Key)).ToList())
        {
            _local.Remove(unwritten.Key);
        }

        var mustRead = ReadAt is { } readAt ? readAt <= now : _newcomers.Count > 0;
        var isDue = joined.Count > 0 || left.Count > 0 || mustRead;
        return isDue ? new PresenceChange(lead, joined, left, _isRewrite) : null;
    }

    /// <summary>Records that a write may or may not have reached Redis. The next change writes the names of this one again.</summary>
    public void MarkUnconfirmed(PresenceChange change)
    {
        foreach (var name in change.Left.Concat(change.Joined.Select(watcher => watcher.Name)))
        {
            _writtenNames.Remove(name);
            _unconfirmedNames.Add(name);
        }
    }

    /// <summary>Records a completed write with the fields that Redis holds after the write, and decides who receives a presence frame.</summary>
    /// <param name="change">The change that was written.</param>
    /// <param name="fields">The lead's fields of all live instances.</param>
    /// <param name="hasRemovedDead">True if this instance removed fields of dead instances.</param>
    /// <param name="now">The current time.</param>
    public PresenceOutcome Apply(PresenceChange change, IReadOnlyList<PresenceField> fields, bool hasRemovedDead, DateTimeOffset now)
    {
        _unconfirmedNames.Clear();
        change.Joined.ToList().ForEach(watcher => _writtenNames[watcher.Name] = watcher.Since);
        foreach (var name in change.Left)
        {
            _writtenNames.Remove(name);
            if (_local.GetValueOrDefault(name).Count == 0)
            {
                _local.Remove(name);
            }
        }

        Known = fields;
        if (change.IsRewrite)
        {
            // The other instances may not have rewritten their fields yet, so the fields in Redis are incomplete.
            _isRewrite = false;
            return PresenceOutcome.Nobody;
        }

        if (_writtenNames.Keys.Any(name => fields.All(field => field.Name != name)))
        {
            // Redis lost this lead's hash, so the fields of the other instances are incomplete, too.
            MarkLost(now + s_lossDetectionTime);
            return PresenceOutcome.Nobody;
        }

        ReadAt = ReadAt <= now ? null : ReadAt;
        return BuildOutcome(change, fields, hasRemovedDead, now);
    }

    private PresenceOutcome BuildOutcome(PresenceChange change, IReadOnlyList<PresenceField> fields, bool hasRemovedDead, DateTimeOffset now)
    {
        var watchers = PresenceHash.Combine(fields);
        string[] names = [.. watchers.Select(watcher => watcher.Name).Order(StringComparer.Ordinal)];
        var hasNewNames = _shownNames is null || !_shownNames.SequenceEqual(names);

        // A name that also watches on another instance neither joins nor leaves the lead's presence.
        var hasJoined = change.Joined.Any(joined => fields.Count(field => field.Name == joined.Name) == 1);
        var hasLeft = change.Left.Any(left => fields.All(field => field.Name != left));
        var isLocalChange = hasJoined || hasLeft || (hasRemovedDead && hasNewNames);
        if (hasNewNames || isLocalChange)
        {
            (Frame, _shownNames) = (PresenceFrame.Encode(lead, watchers, now), names);
        }

        var newcomers = _newcomers;
        _newcomers = [];
        return new PresenceOutcome(Frame, isLocalChange, hasNewNames && !isLocalChange, newcomers);
    }

    private readonly record struct LocalStreams(int Count, DateTimeOffset Since);
}
