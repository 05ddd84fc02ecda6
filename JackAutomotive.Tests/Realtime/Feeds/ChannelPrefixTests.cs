using System.Text;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Feeds.Redis;
using JackAutomotive.Tests.Fixtures;
using StackExchange.Redis;

namespace JackAutomotive.Tests.Realtime.Feeds;

/// <summary>The <c>channelPrefix</c> of the connection string applies to publishers and streams alike.</summary>
public sealed class ChannelPrefixTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    [Fact]
    public async Task Events_and_passing_frames_arrive_under_the_prefix_of_the_connection_string_and_no_other()
    {
        var prefixed = $"{fixture.RedisConnection},channelPrefix={Guid.NewGuid():N}:";
        await using var instance = await RealtimeInstance.StartAsync(
            fixture.DatabaseConnection, prefixed, ("SweepInterval", "00:10:00"), ("PresenceInterval", "00:00:00.100"));
        await using var redis = await ConnectionMultiplexer.ConnectAsync(prefixed);
        var lead = await fixture.AddLeadAsync();
        await using var client = await instance.WatchAsync(lead);
        await using var many = await instance.WatchManyAsync($"?lead={lead}");

        // The same channel without the prefix belongs to another system.
        await fixture.PublishPassingAsync(lead, Passing(lead, 1));
        await PublishPassingAsync(redis, lead, Passing(lead, 2));
        var e = await fixture.AppendAsync(lead);
        var message = LeadMessage.Encode(null, e.OccurredAt, e.Seq, LeadEventFrame.Encode(e));
        await redis.GetSubscriber().PublishAsync(redis.LeadChannel(lead), message);
        await redis.GetSubscriber().PublishAsync(RedisChannel.Literal(LeadsChannel.Name), LeadsChannel.Hint);

        await client.UntilAsync(1);
        await Wait.UntilAsync(() => many.Events.Count == 1, "the event on the stream of many leads");
        foreach (var stream in new[] { client, many })
        {
            await Wait.UntilAsync(() => stream.Passing.Count > 0, "the passing frame");
            Assert.Contains("\"n\":2", Assert.Single(stream.Passing).Data, StringComparison.Ordinal);
            await Wait.UntilAsync(() => stream.Items.Any(item => item.EventType == LeadEventTypes.PresenceChanged), "the presence");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("jack:test:")]
    [InlineData("größe-")]
    public void A_name_with_its_prefix_is_read_back_and_a_name_with_another_prefix_is_not(string prefix)
    {
        var lead = LeadId.New(TimeProvider.System);
        var names = new LeadChannelNames(prefix.Length == 0 ? default : RedisChannel.Literal(prefix));

        Assert.True(names.TryParse(Encoding.UTF8.GetBytes(names.NameOf(lead)), out var read));
        Assert.Equal(lead, read);
        Assert.EndsWith(LeadMessage.ChannelName(lead), names.NameOf(lead), StringComparison.Ordinal);
        Assert.False(names.TryParse(Encoding.UTF8.GetBytes("x" + names.NameOf(lead)), out _));
        Assert.Equal(prefix.Length == 0, names.TryParse(Encoding.UTF8.GetBytes(LeadMessage.ChannelName(lead)), out _));
    }

    private static byte[] Passing(LeadId lead, int number) =>
        LeadEventFrame.EncodePassing(lead, LeadEventTypes.LiveTranscript, DateTimeOffset.UtcNow, $$"""{"n":{{number}}}""");

    private static async Task PublishPassingAsync(ConnectionMultiplexer redis, LeadId lead, byte[] frame)
    {
        var message = LeadMessage.EncodePassing(null, DateTimeOffset.UtcNow, frame);
        await redis.GetSubscriber().PublishAsync(redis.LeadChannel(lead), message);
        await redis.GetSubscriber().PublishAsync(RedisChannel.Literal(LeadsChannel.Name), LeadsChannel.EncodePassing(lead, message));
    }
}
