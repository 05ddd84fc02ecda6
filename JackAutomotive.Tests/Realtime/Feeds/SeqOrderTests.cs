extern alias realtime;

using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using realtime::JackAutomotive.Realtime.Connections;
using realtime::JackAutomotive.Realtime.Events;

namespace JackAutomotive.Tests.Realtime;

/// <summary>The rule that puts messages in order, against every order in which they can come.</summary>
public sealed class SeqOrderTests
{
    [Property]
    public void Whatever_comes_what_leaves_is_contiguous(PositiveInt start, byte[] offsets)
    {
        var order = new SeqOrder(start.Get);
        var left = new List<FeedEvent>();
        foreach (var offset in offsets)
        {
            order.Offer(Message(start.Get - 3 + (offset % 30)), left);
        }

        Assert.Equal(Enumerable.Range(1, left.Count).Select(i => (long)start.Get + i), left.Select(message => message.Seq));
        Assert.Equal(start.Get + left.Count, order.Position);
    }

    [Property]
    public Property Every_order_of_all_messages_with_doubles_lets_each_leave_once()
    {
        var cases = from count in Gen.Choose(1, 60)
                    from extra in Gen.ListOf(Gen.Choose(1, count))
                    from shuffled in Gen.Shuffle(Enumerable.Range(1, count).Concat(extra).ToArray())
                    select (count, shuffled);
        return Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var order = new SeqOrder(0);
            var left = new List<FeedEvent>();
            foreach (var seq in c.shuffled)
            {
                order.Offer(Message(seq), left);
            }

            Assert.Equal(Enumerable.Range(1, c.count).Select(i => (long)i), left.Select(message => message.Seq));
            Assert.False(order.Behind);
        });
    }

    [Property]
    public void It_is_behind_exactly_while_something_known_has_not_left(byte[] offsets, bool[] isAnnouncement)
    {
        var order = new SeqOrder(0);
        var left = new List<FeedEvent>();
        var newest = 0L;
        foreach (var (offset, announced) in offsets.Zip(isAnnouncement))
        {
            newest = Math.Max(newest, offset % 20);
            if (announced)
            {
                order.MustExist(offset % 20);
            }
            else
            {
                order.Offer(Message(offset % 20), left);
            }

            Assert.Equal(newest > left.Count, order.Behind);
        }
    }

    [Fact]
    public void Only_so_many_messages_wait_behind_a_hole_and_the_rest_is_known_to_be_missing()
    {
        var order = new SeqOrder(0);
        var left = new List<FeedEvent>();
        for (var seq = 2; seq <= SeqOrder.MaxHeld + 100; seq++)
        {
            order.Offer(Message(seq), left);
        }

        order.Offer(Message(1), left);

        Assert.Equal(SeqOrder.MaxHeld + 1, left.Count);
        Assert.True(order.Behind);
        Assert.Equal(SeqOrder.MaxHeld + 100, order.Newest);
    }

    private static FeedEvent Message(long seq) => new(seq, null, null, Block.Of(""u8));
}
