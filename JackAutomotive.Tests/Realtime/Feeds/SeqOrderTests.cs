using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using JackAutomotive.Realtime.Feeds;
using JackAutomotive.Realtime.Transport;

namespace JackAutomotive.Tests.Realtime.Feeds;

/// <summary>Messages are released in order, whatever the order in which they arrive.</summary>
public sealed class SeqOrderTests
{
    [Property]
    public void Released_messages_are_contiguous_whatever_messages_arrive(PositiveInt start, byte[] offsets)
    {
        var order = new SeqOrder(start.Get);
        var released = new List<FeedEvent>();
        foreach (var offset in offsets)
        {
            order.Offer(Message(start.Get - 3 + (offset % 30)), released);
        }

        Assert.Equal(Enumerable.Range(1, released.Count).Select(i => (long)start.Get + i), released.Select(message => message.Seq));
        Assert.Equal(start.Get + released.Count, order.Position);
    }

    [Property]
    public Property Each_message_is_released_once_whatever_the_arrival_order_and_the_duplicates()
    {
        var cases = from count in Gen.Choose(1, 60)
                    from extra in Gen.ListOf(Gen.Choose(1, count))
                    from shuffled in Gen.Shuffle(Enumerable.Range(1, count).Concat(extra).ToArray())
                    select (count, shuffled);
        return Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var order = new SeqOrder(0);
            var released = new List<FeedEvent>();
            foreach (var seq in c.shuffled)
            {
                order.Offer(Message(seq), released);
            }

            Assert.Equal(Enumerable.Range(1, c.count).Select(i => (long)i), released.Select(message => message.Seq));
            Assert.False(order.IsBehind);
        });
    }

    [Property]
    public void Behind_is_true_exactly_while_a_known_message_is_not_released(byte[] offsets, bool[] isAnnouncement)
    {
        var order = new SeqOrder(0);
        var released = new List<FeedEvent>();
        var newest = 0L;
        foreach (var (offset, announced) in offsets.Zip(isAnnouncement))
        {
            newest = Math.Max(newest, offset % 20);
            if (announced)
            {
                order.ExpectUpTo(offset % 20);
            }
            else
            {
                order.Offer(Message(offset % 20), released);
            }

            Assert.Equal(newest > released.Count, order.IsBehind);
        }
    }

    [Fact]
    public void At_most_MaxHeld_messages_wait_behind_a_gap_and_the_others_count_as_missing()
    {
        var order = new SeqOrder(0);
        var released = new List<FeedEvent>();
        for (var seq = 2; seq <= SeqOrder.MaxHeld + 100; seq++)
        {
            order.Offer(Message(seq), released);
        }

        order.Offer(Message(1), released);

        Assert.Equal(SeqOrder.MaxHeld + 1, released.Count);
        Assert.True(order.IsBehind);
        Assert.Equal(SeqOrder.MaxHeld + 100, order.Newest);
    }

    private static FeedEvent Message(long seq) => new(seq, null, null, Block.Of(""u8));
}
