extern alias realtime;

using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.Tests.Fixtures;
using realtime::JackAutomotive.Contract;
using realtime::JackAutomotive.Realtime.Events;
using realtime::JackAutomotive.Realtime.Presence;

namespace JackAutomotive.Tests.Realtime.Presence;

/// <summary>What Redis has to be told of coming and leaving.</summary>
public sealed class PresenceBookTests : IDisposable
{
    private const string Me = "me";

    private readonly HeldStream _stream = new(new RealtimeOptions());
    private PresenceBook _book = new(TimeProvider.System);

    public void Dispose() => _stream.Dispose();

    [Fact]
    public void A_thousand_streams_of_one_name_are_one_change_and_streams_that_are_back_by_then_are_none()
    {
        var leads = Enumerable.Range(0, 500).Select(_ => LeadId.New(TimeProvider.System)).ToList();
        var stays = leads.SelectMany(lead => new[] { Enter(lead, "crowd"), Enter(lead, "crowd") }).ToList();
        Assert.Equal(500, Confirm());

        stays.ForEach(stay => stay.Dispose());
        stays = [.. leads.Select(lead => Enter(lead, "crowd"))];
        Assert.Equal(0, Confirm());

        stays.ForEach(stay => stay.Dispose());
        Assert.Equal(500, Confirm());
        Assert.Equal(0, Confirm());
    }

    [Property(MaxTest = 100)]
    public void What_is_written_is_who_is_there_after_any_coming_leaving_and_failing(int seed)
    {
        _book = new PresenceBook(TimeProvider.System);
        var random = new Random(seed);
        var lead = LeadId.New(TimeProvider.System);
        string[] names = ["ann", "ben", "cleo"];
        var here = new List<(string Name, IDisposable Stay)>();
        var redis = new Dictionary<string, DateTimeOffset>();

        for (var i = 0; i < 200; i++)
        {
            if (random.Next(2) == 0)
            {
                var name = names[random.Next(names.Length)];
                here.Add((name, Enter(lead, name)));
            }
            else if (here.Count > 0)
            {
                var index = random.Next(here.Count);
                here[index].Stay.Dispose();
                here.RemoveAt(index);
            }

            if (random.Next(20) == 0)
            {
                // What was written is gone, and it is known.
                redis.Clear();
                _book.WriteAllAgain(DateTimeOffset.UtcNow);
            }

            if (random.Next(5) == 0)
            {
                Write(redis, fails: random.Next(3) == 0);
            }
        }

        Write(redis, fails: false);
        Assert.Equal(here.Select(one => one.Name).Distinct().Order(), redis.Keys.Order());
    }

    private void Write(Dictionary<string, DateTimeOffset> redis, bool fails)
    {
        foreach (var change in _book.TakeChanges())
        {
            change.Came.ToList().ForEach(came => redis[came.Name] = came.Since);
            change.Left.ToList().ForEach(left => redis.Remove(left));
            if (fails)
            {
                _book.PutBack(change);
            }
            else
            {
                _book.Apply(change, [.. redis.Select(one => new PresenceField(Me, one.Key, one.Value))], removed: false);
            }
        }
    }

    private int Confirm()
    {
        var changes = _book.TakeChanges();
        foreach (var change in changes)
        {
            _book.Apply(change, [.. change.Came.Select(came => new PresenceField(Me, came.Name, came.Since))], removed: false);
        }

        return changes.Count;
    }

    private IDisposable Enter(LeadId lead, string name) => _book.Enter(lead, name, _stream.Watcher);
}
