using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime;
using JackAutomotive.Realtime.Presence;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Presence;

/// <summary>Which presence changes an instance writes to Redis when streams begin and end.</summary>
public sealed class PresenceRegistryTests : IDisposable
{
    private const string ThisInstance = "me";

    private readonly BlockedStream _stream = new(new RealtimeOptions());
    private PresenceRegistry _book = new(TimeProvider.System);

    public void Dispose() => _stream.Dispose();

    [Fact]
    public void All_streams_of_one_name_on_a_lead_make_one_change_and_streams_that_return_in_time_make_none()
    {
        var leads = Enumerable.Range(0, 500).Select(_ => LeadId.New(TimeProvider.System)).ToList();
        var stays = leads.SelectMany(lead => new[] { Enter(lead, "crowd"), Enter(lead, "crowd") }).ToList();
        Assert.Equal(500, ApplyAllChanges());

        stays.ForEach(stay => stay.Dispose());
        stays = [.. leads.Select(lead => Enter(lead, "crowd"))];
        Assert.Equal(0, ApplyAllChanges());

        stays.ForEach(stay => stay.Dispose());
        Assert.Equal(500, ApplyAllChanges());
        Assert.Equal(0, ApplyAllChanges());
    }

    [Property(MaxTest = 100)]
    public void Redis_holds_exactly_the_present_names_after_any_arrivals_departures_and_failed_writes(int seed)
    {
        _book = new PresenceRegistry(TimeProvider.System);
        var random = new Random(seed);
        var lead = LeadId.New(TimeProvider.System);
        string[] names = ["ann", "ben", "cleo"];
        var present = new List<(string Name, IDisposable Stay)>();
        var redis = new Dictionary<string, DateTimeOffset>();

        for (var i = 0; i < 200; i++)
        {
            if (random.Next(2) == 0)
            {
                var name = names[random.Next(names.Length)];
                present.Add((name, Enter(lead, name)));
            }
            else if (present.Count > 0)
            {
                var index = random.Next(present.Count);
                present[index].Stay.Dispose();
                present.RemoveAt(index);
            }

            if (random.Next(20) == 0)
            {
                // Redis loses its data, and the instance detects the loss.
                redis.Clear();
                _book.ScheduleFullRewrite(DateTimeOffset.UtcNow);
            }

            if (random.Next(5) == 0)
            {
                WriteChanges(redis, fails: random.Next(3) == 0);
            }
        }

        WriteChanges(redis, fails: false);
        Assert.Equal(present.Select(entry => entry.Name).Distinct().Order(), redis.Keys.Order());
    }

    private void WriteChanges(Dictionary<string, DateTimeOffset> redis, bool fails)
    {
        foreach (var change in _book.TakeDueChanges())
        {
            change.Joined.ToList().ForEach(came => redis[came.Name] = came.Since);
            change.Left.ToList().ForEach(left => redis.Remove(left));
            if (fails)
            {
                _book.RequeueChange(change);
            }
            else
            {
                _book.Apply(change, [.. redis.Select(entry => new PresenceField(ThisInstance, entry.Key, entry.Value))], hasRemovedDead: false);
            }
        }
    }

    private int ApplyAllChanges()
    {
        var changes = _book.TakeDueChanges();
        foreach (var change in changes)
        {
            _book.Apply(change, [.. change.Joined.Select(came => new PresenceField(ThisInstance, came.Name, came.Since))], hasRemovedDead: false);
        }

        return changes.Count;
    }

    private IDisposable Enter(LeadId lead, string name) => _book.Enter(lead, name, _stream.Watcher);
}
