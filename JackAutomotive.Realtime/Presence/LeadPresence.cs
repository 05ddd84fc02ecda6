using JackAutomotive.Contract;
using JackAutomotive.Realtime.Connections;
using JackAutomotive.Realtime.Events;

namespace JackAutomotive.Realtime.Presence;

/// <summary>Who watches one lead here, and what is known of who does elsewhere. Guarded by <see cref="PresenceBook"/>.</summary>
internal sealed class LeadPresence(LeadId lead)
{
    // The others notice it too within this time.
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Here> _here = [];
    private readonly Dictionary<string, DateTimeOffset> _written = [];
    private readonly HashSet<string> _unconfirmed = [];
    private HashSet<Watcher> _newcomers = [];
    private string[]? _shown;
    private bool _isRepeat;

    /// <summary>Everybody as of the last reading, those here included.</summary>
    public IReadOnlyList<PresenceField> Known { get; private set; } = [];

    /// <summary>What those who watch were told last.</summary>
    public ReadOnlyMemory<byte> Frame { get; private set; }

    /// <summary>When Redis is to be read although nobody came or left.</summary>
    public DateTimeOffset? ReadAt { get; set; }

    /// <summary>Nobody is here, and Redis knows it.</summary>
    public bool IsEmpty => _here.Count == 0 && _written.Count == 0 && _unconfirmed.Count == 0;

    public void Join(string name, Watcher watcher, DateTimeOffset now)
    {
        var (count, since) = _here.GetValueOrDefault(name, new Here(0, now));
        _here[name] = new Here(count + 1, since);
        if (_written.ContainsKey(name) && !Frame.IsEmpty)
        {
            watcher.SendPassing(Block.Of(Frame.Span));
        }
        else
        {
            _newcomers.Add(watcher);
        }
    }

    // The name stays, with its time, until Redis is told: somebody who is back by then has not been away.
    public void Leave(string name, Watcher watcher)
    {
        if (_here.TryGetValue(name, out var here))
        {
            _here[name] = here with { Count = here.Count - 1 };
        }

        _newcomers.Remove(watcher);
    }

    /// <summary>Everybody was told by another instance; on which one the change was, Redis has to be asked.</summary>
    public void Heard(ReadOnlyMemory<byte> frame, DateTimeOffset now)
    {
        if (!frame.Span.SequenceEqual(Frame.Span))
        {
            (Frame, _shown) = (frame, PresenceFrame.NamesIn(frame.Span));
            ReadAt ??= now;
        }
    }

    /// <summary>Nothing that was written is there any more. Where nothing was, nothing changes.</summary>
    public void Forgotten(DateTimeOffset readAt)
    {
        if (_written.Count == 0)
        {
            return;
        }

        _written.Clear();
        _isRepeat = true;
        ReadAt = readAt;
    }

    /// <summary>What Redis is to be told or asked now; null if nothing.</summary>
    public PresenceChange? Change(DateTimeOffset now)
    {
        var came = _here.Where(here => here.Value.Count > 0 && !_written.ContainsKey(here.Key))
            .Select(here => new LeadWatcher(here.Key, here.Value.Since)).ToList();
        var left = _written.Keys.Union(_unconfirmed).Where(name => _here.GetValueOrDefault(name).Count == 0).ToList();
        foreach (var gone in _here.Where(here => here.Value.Count == 0 && !_written.ContainsKey(here.Key)).ToList())
        {
            _here.Remove(gone.Key);
        }

        var mustRead = ReadAt is { } at ? at <= now : _newcomers.Count > 0;
        return came.Count > 0 || left.Count > 0 || mustRead ? new PresenceChange(lead, came, left, _isRepeat) : null;
    }

    /// <summary>Whether Redis was told is not known: each of these names is told of again, as it is then.</summary>
    public void Unconfirmed(PresenceChange change)
    {
        foreach (var name in change.Left.Concat(change.Came.Select(watcher => watcher.Name)))
        {
            _written.Remove(name);
            _unconfirmed.Add(name);
        }
    }

    /// <summary>Redis has been told, and this is what it knows now.</summary>
    /// <param name="change">What it was told.</param>
    /// <param name="fields">Everybody, on instances that are alive.</param>
    /// <param name="removed">Fields of instances that are not were removed from here.</param>
    /// <param name="now">The time.</param>
    public PresenceOutcome Apply(PresenceChange change, IReadOnlyList<PresenceField> fields, bool removed, DateTimeOffset now)
    {
        _unconfirmed.Clear();
        change.Came.ToList().ForEach(watcher => _written[watcher.Name] = watcher.Since);
        foreach (var name in change.Left)
        {
            _written.Remove(name);
            if (_here.GetValueOrDefault(name).Count == 0)
            {
                _here.Remove(name);
            }
        }

        Known = fields;
        if (change.IsRepeat)
        {
            // Others have yet to write again: what is there now says nothing of them.
            _isRepeat = false;
            return PresenceOutcome.Nobody;
        }

        if (_written.Keys.Any(name => fields.All(field => field.Name != name)))
        {
            // Redis has forgotten this lead, and what it says of the others is as wrong.
            Forgotten(now + s_settling);
            return PresenceOutcome.Nobody;
        }

        ReadAt = ReadAt <= now ? null : ReadAt;
        return Tell(change, fields, removed, now);
    }

    private PresenceOutcome Tell(PresenceChange change, IReadOnlyList<PresenceField> fields, bool removed, DateTimeOffset now)
    {
        var watchers = PresenceHash.Combine(fields);
        string[] names = [.. watchers.Select(watcher => watcher.Name).Order(StringComparer.Ordinal)];
        var isNew = _shown is null || !_shown.SequenceEqual(names);
        var isOurs = change.Came.Any(came => fields.Count(field => field.Name == came.Name) == 1)
            || change.Left.Any(left => fields.All(field => field.Name != left))
            || (removed && isNew);
        if (isNew || isOurs)
        {
            (Frame, _shown) = (PresenceFrame.Encode(lead, watchers, now), names);
        }

        var newcomers = _newcomers;
        _newcomers = [];
        return new PresenceOutcome(Frame, isOurs, isNew && !isOurs, newcomers);
    }

    private readonly record struct Here(int Count, DateTimeOffset Since);
}
