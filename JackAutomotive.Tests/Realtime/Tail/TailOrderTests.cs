using FsCheck;
using FsCheck.Xunit;
using JackAutomotive.Realtime.Tail;

namespace JackAutomotive.Tests.Realtime.Tail;

/// <summary>Checks the order of the log of all leads against a model of the transactions and sequences of Postgres.</summary>
public sealed class TailOrderTests
{
    [Property(MaxTest = 300)]
    public void Each_committed_event_is_shown_once_in_write_order_whatever_the_commit_order(int seed, PositiveInt pageSize)
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
        for (var i = 0; i < 1000 && (shown.Count < postgres.Visible.Count || order.HasGap); i++)
        {
            Read(postgres, order, shown, limit);
        }

        Assert.Equal(postgres.Visible, shown);
    }

    [Fact]
    public void A_missing_place_is_skipped_only_after_every_transaction_that_could_have_taken_it_has_ended()
    {
        var order = new TailOrder(10);

        Assert.Equal(1, order.Take([11, 13], oldestWriter: 100));
        Assert.True(order.NeedsWaitEnd);
        order.SetWaitEnd(105);
        Assert.Equal(0, order.Take([13, 15], oldestWriter: 104));
        Assert.Equal(1, order.Take([13, 15], oldestWriter: 105));
        Assert.Equal(13, order.Place);

        // The wait for place 12 does not cover place 14, which was not missing when that wait began.
        Assert.True(order.NeedsWaitEnd);
        Assert.Equal(2, order.Take([14, 15], oldestWriter: 105));
        Assert.False(order.HasGap);
    }

    private static void Read(Model postgres, TailOrder order, List<long> shown, int limit)
    {
        var page = postgres.Visible.Where(place => place > order.Place).Take(limit).ToList();
        var count = order.Take(page, postgres.OldestWriter);
        shown.AddRange(page.Take(count));
        if (order.NeedsWaitEnd)
        {
            order.SetWaitEnd(postgres.TakeTransactionId());
        }
    }

    /// <summary>A transaction gets its id at its first write and a place at each insert. It commits or rolls back.</summary>
    private sealed class Model
    {
        private readonly List<(ulong Id, List<long> Places)> _open = [];
        private ulong _nextId = 1;
        private ulong _lastCompleted;
        private long _nextPlace = 1;

        public SortedSet<long> Visible { get; } = [];

        // Like pg_snapshot_xmin, this ignores ids that were assigned after the last completed transaction.
        public ulong OldestWriter => _open.Select(transaction => transaction.Id).Append(_lastCompleted + 1).Min();

        public void Step(Random random)
        {
            var action = random.Next(10);
            if (action < 3 || _open.Count == 0)
            {
                _open.Add((_nextId++, []));
            }
            else if (action < 6)
            {
                _open[random.Next(_open.Count)].Places.Add(_nextPlace++);
            }
            else
            {
                EndTransaction(random.Next(_open.Count), commits: action < 9);
            }
        }

        public void EndAll()
        {
            while (_open.Count > 0)
            {
                EndTransaction(0, commits: true);
            }
        }

        public ulong TakeTransactionId()
        {
            _lastCompleted = _nextId;
            return _nextId++;
        }

        private void EndTransaction(int index, bool commits)
        {
            var (id, places) = _open[index];
            _open.RemoveAt(index);
            _lastCompleted = Math.Max(_lastCompleted, id);
            if (commits)
            {
                Visible.UnionWith(places);
            }
        }
    }
}
