using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Streams;

namespace JackAutomotive.Realtime.Presence;

/// <summary>
/// Tracks in memory which names watch which lead on this instance. <see cref="PresenceWorker"/> takes the net changes at an interval and
/// writes them to Redis, so a stream that disconnects and resumes within one interval costs Redis nothing.
/// </summary>
internal sealed class PresenceRegistry(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<LeadId, LeadPresence> _leads = [];
    private readonly HashSet<LeadId> _touched = [];

    /// <summary>
    /// Adds a stream that shows this lead. The client receives a presence frame: at once if the lead's presence is known, else after the
    /// next write to Redis. The caller must dispose the result when the stream ends.
    /// </summary>
    public IDisposable Enter(LeadId lead, string name, Watcher watcher)
    {
        Join(lead, name, watcher);
        return new Registration(this, lead, null, name, watcher);
    }

    /// <inheritdoc cref="Enter(LeadId, string, Watcher)"/>
    public IDisposable Enter(IReadOnlySet<LeadId> leads, string name, Watcher watcher)
    {
        foreach (var lead in leads)
        {
            Join(lead, name, watcher);
        }

        return new Registration(this, default, leads, name, watcher);
    }

    /// <summary>Records a passing frame that a lead's watchers received. Frames of other types than presence are ignored.</summary>
    public void RecordFrame(LeadId lead, ReadOnlyMemory<byte> frame)
    {
        if (!PresenceFrame.IsPresence(frame.Span))
        {
            return;
        }

        lock (_gate)
        {
            if (_leads.TryGetValue(lead, out var presence))
            {
                presence.RecordFrame(frame, time.GetUtcNow());
                _touched.Add(lead);
            }
        }
    }

    /// <summary>Schedules a rewrite of every field, because Redis lost the fields of this instance or will soon expire them.</summary>
    /// <param name="readAt">When the other instances are expected to have rewritten their fields (UTC). Redis is read then.</param>
    public void ScheduleFullRewrite(DateTimeOffset readAt)
    {
        lock (_gate)
        {
            foreach (var (lead, presence) in _leads)
            {
                presence.MarkLost(readAt);
                _touched.Add(lead);
            }
        }
    }

    /// <summary>Returns the instances that have watchers of the same leads as this instance, as of the last read of Redis.</summary>
    public HashSet<string> FindInstances()
    {
        lock (_gate)
        {
            return [.. _leads.Values.SelectMany(presence => presence.Known.Select(field => field.Instance))];
        }
    }

    /// <summary>Schedules a read of every lead that has watchers on these dead instances.</summary>
    public void MarkInstancesDead(IReadOnlySet<string> instances)
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

    /// <summary>Returns the changes that are due. The caller must pass each one to <see cref="Apply"/> or <see cref="RequeueChange"/>.</summary>
    public List<PresenceChange> TakeDueChanges()
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

                if (presence.FindChange(time.GetUtcNow()) is { } change)
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

    /// <summary>Takes back a change whose write to Redis failed, so that the write is retried.</summary>
    public void RequeueChange(PresenceChange change)
    {
        lock (_gate)
        {
            _leads.GetValueOrDefault(change.Lead)?.MarkUnconfirmed(change);
            _touched.Add(change.Lead);
        }
    }

    /// <inheritdoc cref="LeadPresence.Apply"/>
    public PresenceOutcome Apply(PresenceChange change, IReadOnlyList<PresenceField> fields, bool hasRemovedDead)
    {
        lock (_gate)
        {
            var presence = _leads[change.Lead];
            var outcome = presence.Apply(change, fields, hasRemovedDead, time.GetUtcNow());
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

    private sealed class Registration(PresenceRegistry registry, LeadId lead, IReadOnlySet<LeadId>? leads, string name, Watcher watcher) : IDisposable
    {
        public void Dispose()
        {
            if (leads is null)
            {
                registry.Leave(lead, name, watcher);
                return;
            }

            foreach (var watchedLead in leads)
            {
                registry.Leave(watchedLead, name, watcher);
            }
        }
    }
}
