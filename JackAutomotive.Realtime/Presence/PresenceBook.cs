using JackAutomotive.Contract;
using JackAutomotive.Realtime.Events;

namespace JackAutomotive.Realtime.Presence;

/// <summary>
/// Who watches which lead on this instance. Coming and leaving only notes it here; what has changed on balance is taken out from
/// time to time, so that streams that are cut and back within that time cost Redis nothing.
/// </summary>
internal sealed class PresenceBook(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<LeadId, LeadPresence> _leads = [];
    private readonly HashSet<LeadId> _touched = [];

    /// <summary>
    /// A stream has begun that shows this lead. Its client is told who watches: at once if that is known, else soon. The result is to be
    /// disposed when it has ended.
    /// </summary>
    public IDisposable Enter(LeadId lead, string name, Watcher watcher)
    {
        Join(lead, name, watcher);
        return new Stay(this, lead, null, name, watcher);
    }

    /// <inheritdoc cref="Enter(LeadId, string, Watcher)"/>
    public IDisposable Enter(IReadOnlySet<LeadId> leads, string name, Watcher watcher)
    {
        foreach (var lead in leads)
        {
            Join(lead, name, watcher);
        }

        return new Stay(this, default, leads, name, watcher);
    }

    /// <summary>A lead's watchers here were told by a passing frame, perhaps of presence.</summary>
    public void Heard(LeadId lead, ReadOnlyMemory<byte> frame)
    {
        if (!PresenceFrame.IsOne(frame.Span))
        {
            return;
        }

        lock (_gate)
        {
            if (_leads.TryGetValue(lead, out var presence))
            {
                presence.Heard(frame, time.GetUtcNow());
                _touched.Add(lead);
            }
        }
    }

    /// <summary>Redis has lost what was written, or is about to: all of it is to be written again.</summary>
    /// <param name="readAt">When the other instances can be expected to have done so too.</param>
    public void WriteAllAgain(DateTimeOffset readAt)
    {
        lock (_gate)
        {
            foreach (var (lead, presence) in _leads)
            {
                presence.Forgotten(readAt);
                _touched.Add(lead);
            }
        }
    }

    /// <summary>The instances that are known to have watchers of leads that are watched here.</summary>
    public HashSet<string> Instances()
    {
        lock (_gate)
        {
            return [.. _leads.Values.SelectMany(presence => presence.Known.Select(field => field.Instance))];
        }
    }

    /// <summary>Instances have died: their leads are to be read again.</summary>
    public void Died(IReadOnlySet<string> instances)
    {
        lock (_gate)
        {
            foreach (var (lead, presence) in _leads)
            {
                if (presence.Known.Any(field => instances.Contains(field.Instance)))
                {
                    presence.ReadAt = time.GetUtcNow();
                    _touched.Add(lead);
                }
            }
        }
    }

    /// <summary>What Redis is to be told now. Each is to be followed by <see cref="Apply"/> or <see cref="PutBack"/>.</summary>
    public List<PresenceChange> TakeChanges()
    {
        lock (_gate)
        {
            var changes = new List<PresenceChange>();
            foreach (var lead in _touched.ToList())
            {
                if (!_leads.TryGetValue(lead, out var presence))
                {
                    _touched.Remove(lead);
                    continue;
                }

                if (presence.Change(time.GetUtcNow()) is { } change)
                {
                    changes.Add(change);
                }
                else if (presence.IsEmpty)
                {
                    _leads.Remove(lead);
                }

                if (presence.ReadAt is null)
                {
                    _touched.Remove(lead);
                }
            }

            return changes;
        }
    }

    /// <summary>Redis could not be told.</summary>
    public void PutBack(PresenceChange change)
    {
        lock (_gate)
        {
            _leads.GetValueOrDefault(change.Lead)?.Unconfirmed(change);
            _touched.Add(change.Lead);
        }
    }

    /// <inheritdoc cref="LeadPresence.Apply"/>
    public PresenceOutcome Apply(PresenceChange change, IReadOnlyList<PresenceField> fields, bool removed)
    {
        lock (_gate)
        {
            var presence = _leads[change.Lead];
            var outcome = presence.Apply(change, fields, removed, time.GetUtcNow());
            if (presence.IsEmpty)
            {
                _leads.Remove(change.Lead);
                _touched.Remove(change.Lead);
            }
            else if (presence.ReadAt is not null)
            {
                _touched.Add(change.Lead);
            }

            return outcome;
        }
    }

    private void Join(LeadId lead, string name, Watcher watcher)
    {
        lock (_gate)
        {
            if (!_leads.TryGetValue(lead, out var presence))
            {
                _leads[lead] = presence = new LeadPresence(lead);
            }

            presence.Join(name, watcher, time.GetUtcNow());
            _touched.Add(lead);
        }
    }

    private void Leave(LeadId lead, string name, Watcher watcher)
    {
        lock (_gate)
        {
            if (_leads.TryGetValue(lead, out var presence))
            {
                presence.Leave(name, watcher);
                _touched.Add(lead);
            }
        }
    }

    private sealed class Stay(PresenceBook book, LeadId lead, IReadOnlySet<LeadId>? leads, string name, Watcher watcher) : IDisposable
    {
        public void Dispose()
        {
            if (leads is null)
            {
                book.Leave(lead, name, watcher);
                return;
            }

            foreach (var one in leads)
            {
                book.Leave(one, name, watcher);
            }
        }
    }
}
