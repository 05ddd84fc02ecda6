using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;
using StackExchange.Redis;

namespace JackAutomotive.Tests.Realtime.Presence;

/// <summary>Presence: which viewers watch a lead, on any instance.</summary>
public sealed class PresenceTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static readonly (string, string)[] s_quick = [("PresenceInterval", "00:00:00.100"), ("PresenceLifetime", "00:00:01.500")];

    [Fact]
    public async Task Watchers_on_every_instance_see_arrivals_and_departures_and_each_name_counts_once()
    {
        await using var instanceA = await fixture.StartInstanceAsync(s_quick);
        await using var instanceB = await fixture.StartInstanceAsync(s_quick);
        var lead = await fixture.AddLeadAsync();
        var (ann, ben) = (await fixture.AddNamedReadKeyAsync("ann"), await fixture.AddNamedReadKeyAsync("ben"));

        await using var annStream = await SseClient.OpenAsync(instanceA, lead, key: ann);
        await UntilAsync(annStream, "ann");
        var secondAnnStream = await SseClient.OpenAsync(instanceB, lead, key: ann);
        await UntilAsync(secondAnnStream, "ann");
        var benStream = await SseClient.OpenAsync(instanceB, lead, key: ben);
        await UntilAsync(annStream, "ann", "ben");
        await UntilAsync(benStream, "ann", "ben");
        await secondAnnStream.DisposeAsync();
        await benStream.DisposeAsync();
        await UntilAsync(annStream, "ann");

        // The second stream of "ann" causes no presence event when it opens or closes.
        Assert.Equal(["ann", "ann,ben", "ann"], PresenceShown(annStream).Select(names => string.Join(',', names)));
        var shown = annStream.Items.First(item => item.EventType == LeadEventTypes.PresenceChanged);
        var json = JsonDocument.Parse(shown.Data).RootElement;
        Assert.Equal(lead.ToString(), json.GetProperty("leadId").GetString());
        Assert.False(json.TryGetProperty("seq", out _));
        Assert.Equal(1, json.GetProperty("data").GetProperty("count").GetInt32());
        var since = json.GetProperty("data").GetProperty("watchers")[0].GetProperty("since").GetDateTimeOffset();
        Assert.InRange(since, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow);
        Assert.Equal("0", annStream.LastEventId);
    }

    [Fact]
    public async Task Streams_of_one_key_publish_one_presence_message_per_lead_while_any_of_them_stays_open()
    {
        await using var instance = await fixture.StartInstanceAsync(("PresenceInterval", "00:00:00.500"));
        var lead = await fixture.AddLeadAsync();
        var messages = await CountMessagesAsync(lead);
        var key = await fixture.AddNamedReadKeyAsync("crowd");
        var clients = new List<SseClient>();
        for (var i = 0; i < 50; i++)
        {
            clients.Add(await SseClient.OpenAsync(instance, lead, key: key));
        }

        foreach (var client in clients)
        {
            await UntilAsync(client, "crowd");
        }

        await Wait.UntilAsync(() => messages() > 0, "the message");
        await using var last = await SseClient.OpenAsync(instance, lead, key: key);
        await UntilAsync(last, "crowd");
        await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask()));
        await using var another = await SseClient.OpenAsync(instance, lead, key: await fixture.AddNamedReadKeyAsync("another"));
        await UntilAsync(last, "crowd", "another");
        await Wait.UntilAsync(() => messages() > 1, "the second message");
        Assert.Equal(2, messages());
    }

    [Fact]
    public async Task The_remaining_instances_remove_the_presence_of_a_dead_instance_and_notify_their_watchers()
    {
        await using var living = await fixture.StartInstanceAsync(s_quick);
        var dying = await fixture.StartInstanceAsync(s_quick);
        var lead = await fixture.AddLeadAsync();
        var (ann, ben) = (await fixture.AddNamedReadKeyAsync("ann"), await fixture.AddNamedReadKeyAsync("ben"));
        await using var annStream = await SseClient.OpenAsync(living, lead, key: ann);
        await UntilAsync(annStream, "ann");
        await using var benStream = await SseClient.OpenAsync(dying, lead, key: ben);
        await UntilAsync(annStream, "ann", "ben");

        // A stopping instance leaves its presence in Redis, like a killed one, because its clients reconnect to another instance.
        await dying.DisposeAsync();
        await UntilAsync(annStream, "ann");
        Assert.Single(await fixture.Redis.GetDatabase().HashGetAllAsync(PresenceHash.KeyOf(lead)));
    }

    [Fact]
    public async Task Presence_that_Redis_lost_is_written_again_without_notifying_watchers()
    {
        await using var instanceA = await fixture.StartInstanceAsync(s_quick);
        await using var instanceB = await fixture.StartInstanceAsync(s_quick);
        var lead = await fixture.AddLeadAsync();
        var (ann, ben) = (await fixture.AddNamedReadKeyAsync("ann"), await fixture.AddNamedReadKeyAsync("ben"));
        await using var annStream = await SseClient.OpenAsync(instanceA, lead, key: ann);
        await UntilAsync(annStream, "ann");
        await using var benStream = await SseClient.OpenAsync(instanceB, lead, key: ben);
        await UntilAsync(annStream, "ann", "ben");
        var database = fixture.Redis.GetDatabase();

        var fields = PresenceHash.Read(await database.HashGetAllAsync(PresenceHash.KeyOf(lead)));
        await database.KeyDeleteAsync(PresenceHash.KeyOf(lead));
        foreach (var field in fields)
        {
            await database.KeyDeleteAsync(PresenceHash.LivenessKey(field.Instance));
        }

        await Wait.UntilAsync(async () => (await database.HashLengthAsync(PresenceHash.KeyOf(lead))) == 2, "both are written again");
        var cleo = await fixture.AddNamedReadKeyAsync("cleo");
        await using var cleoStream = await SseClient.OpenAsync(instanceB, lead, key: cleo);
        await UntilAsync(annStream, "ann", "ben", "cleo");
        Assert.Equal(["ann", "ann,ben", "ann,ben,cleo"], PresenceShown(annStream).Select(names => string.Join(',', names)));
    }

    [Fact]
    public async Task A_stream_of_several_leads_counts_as_a_watcher_of_each_and_sees_the_presence_of_each()
    {
        await using var instance = await fixture.StartInstanceAsync(s_quick);
        var (x, y) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        var (ann, ben) = (await fixture.AddNamedReadKeyAsync("ann"), await fixture.AddNamedReadKeyAsync("ben"));
        await using var several = await SseClient.OpenAsync(instance, $"/api/stream/conversations?lead={x}&lead={y}", key: ann);
        await using var benStream = await SseClient.OpenAsync(instance, y, key: ben);

        await UntilAsync(benStream, "ann", "ben");
        await Wait.UntilAsync(
            () => PresenceShown(several, x) is [.., ["ann"]] && PresenceShown(several, y) is [.., ["ann", "ben"]], "both leads' watchers");
    }

    [Fact]
    public async Task Ready_does_not_wait_for_Redis_and_arrivals_during_an_outage_are_shown_when_Redis_returns()
    {
        var (proxy, redis) = RedisProxy.To(fixture.RedisConnection);
        await using var proxyLifetime = proxy;
        await using var instance = await RealtimeInstance.StartAsync(
            fixture.DatabaseConnection, redis, [.. s_quick, ("RedisPulse", "00:00:00.100")]);
        var lead = await fixture.AddLeadAsync();
        var (ann, ben) = (await fixture.AddNamedReadKeyAsync("ann"), await fixture.AddNamedReadKeyAsync("ben"));
        await using var annStream = await SseClient.OpenAsync(instance, lead, key: ann);
        await UntilAsync(annStream, "ann");

        proxy.Cut();
        await instance.WaitForRedisAsync(up: false);
        await using var benStream = await SseClient.OpenAsync(instance, lead, key: ben);
        Assert.Equal("ready", benStream.Items[0].EventType);
        proxy.Restore();
        await UntilAsync(annStream, "ann", "ben");
        await UntilAsync(benStream, "ann", "ben");
    }

    private async Task<Func<int>> CountMessagesAsync(LeadId lead)
    {
        var messages = new ConcurrentQueue<string>();
        await fixture.Redis.GetSubscriber().SubscribeAsync(
            RedisChannel.Literal(LeadMessage.ChannelName(lead)), (_, message) => messages.Enqueue(Encoding.UTF8.GetString((byte[])message!)));
        return () => messages.Count(message => message.Contains(LeadEventTypes.PresenceChanged, StringComparison.Ordinal));
    }

    private static Task UntilAsync(SseClient client, params string[] names) => Wait.UntilAsync(
        () => PresenceShown(client) is [.., var last] && last.SequenceEqual(names), $"{string.Join(',', names)}");

    // The names in each presence event that the client received. Within an event, the oldest watcher comes first.
    private static List<List<string>> PresenceShown(SseClient client, LeadId? lead = null) =>
    [
        .. from item in client.Items
           where item.EventType == LeadEventTypes.PresenceChanged
           let json = JsonDocument.Parse(item.Data).RootElement
           where lead is null || json.GetProperty("leadId").GetString() == lead.ToString()
           select json.GetProperty("data").GetProperty("watchers").EnumerateArray().Select(entry => entry.GetProperty("name").ToString()).ToList(),
    ];
}
