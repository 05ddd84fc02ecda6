extern alias realtime;

using FsCheck;
using FsCheck.Xunit;
using realtime::JackAutomotive.Realtime.Tail;

namespace JackAutomotive.Tests.Realtime.Tail;

/// <summary>The order of the log of all leads, against a model of what Postgres does with transactions and sequences.</summary>
public sealed class TailOrderTests
{
    [Property(MaxTest = 300)]
    public void Whatever_commits_and_in_whatever_order_each_event_is_shown_once_and_in_the_order_of_writing(int seed, PositiveInt pageSize)
    {
        var random = new Random(seed);
        var postgres = new Model();
        var order = new TailOrder(0);
        var shown = new List<long>();
        var limit = pageSize.Get % 7 + 1;

        for (var step = 0; step < 300; step++)
        {
            postgres.Step(random);
            if (random.Next(3) == 0)
            {
                Read(postgres, order, shown, limit);
            }
        }

        postgres.EndAll();
        for (var i = 0; i < 1000 && (shown.Count < postgres.Visible.Count || order.HeldBack); i++)
        {
            Read(postgres, order, shown, limit);
        }

        Assert.Equal(postgres.Visible, shown);
    }

    [Fact]
    public void A_place_that_never_comes_is_given_up_once_all_who_wrote_have_ended_and_not_before()
    {
        var order = new TailOrder(10);

        Assert.Equal(1, order.Take([11, 13], oldestWriter: 100));
        Assert.True(order.NeedsMark);
        order.Mark(105);
        Assert.Equal(0, order.Take([13, 15], oldestWriter: 104));
        Assert.Equal(1, order.Take([13, 15], oldestWriter: 105));
        Assert.Equal(13, order.Position);

        // 14 was not missing when the wait began.
        Assert.True(order.NeedsMark);
        Assert.Equal(2, order.Take([14, 15], oldestWriter: 105));
        Assert.False(order.HeldBack);
    }

    private static void Read(Model postgres, TailOrder order, List<long> shown, int limit)
    {
        var page = postgres.Visible.Where(place => place > order.Position).Take(limit).ToList();
        var count = order.Take(page, postgres.OldestWriter);
        shown.AddRange(page.Take(count));
        if (order.NeedsMark)
        {
            order.Mark(postgres.TakeTransaction());
        }
    }

    /// <summary>Transactions get an id when they first write, places when they insert, and commit or not.</summary>
    private sealed class Model
    {
        private readonly List<(ulong Id, List<long> Places)> _running = [];
        private ulong _nextId = 1;
        private ulong _lastCompleted;
        private long _nextPlace = 1;

        public SortedSet<long> Visible { get; } = [];

        // As pg_snapshot_xmin: ids that were given after the last completed one are not looked at.
        public ulong OldestWriter => _running.Select(one => one.Id).Append(_lastCompleted + 1).Min();

        public void Step(Random random)
        {
            var action = random.Next(10);
            if (action < 3 || _running.Count == 0)
            {
                _running.Add((_nextId++, []));
            }
            else if (action < 6)
            {
                _running[random.Next(_running.Count)].Places.Add(_nextPlace++);
            }
            else
            {
                End(random.Next(_running.Count), commits: action < 9);
            }
        }

        public void EndAll()
        {
            while (_running.Count > 0)
            {
                End(0, commits: true);
            }
        }

        public ulong TakeTransaction()
        {
            _lastCompleted = _nextId;
            return _nextId++;
        }

        private void End(int index, bool commits)
        {
            var (id, places) = _running[index];
            _running.RemoveAt(index);
            _lastCompleted = Math.Max(_lastCompleted, id);
            if (commits)
            {
                Visible.UnionWith(places);
            }
        }
    }
}
