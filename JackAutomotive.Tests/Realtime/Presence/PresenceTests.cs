extern alias realtime;

using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using JackAutomotive.Tests.Fixtures;
using realtime::JackAutomotive.Contract;
using StackExchange.Redis;

namespace JackAutomotive.Tests.Realtime.Presence;

/// <summary>Who watches a lead, over all instances.</summary>
public sealed class PresenceTests(RealtimeFixture fixture) : IClassFixture<RealtimeFixture>
{
    private static readonly (string, string)[] s_quick = [("PresenceInterval", "00:00:00.100"), ("PresenceLifetime", "00:00:01.500")];

    [Fact]
    public async Task Watchers_on_all_instances_are_told_who_comes_and_who_leaves_and_each_name_counts_once()
    {
        await using var one = await fixture.StartInstanceAsync(s_quick);
        await using var two = await fixture.StartInstanceAsync(s_quick);
        var lead = await fixture.AddLeadAsync();
        var (ann, ben) = (await fixture.AddReaderAsync("ann"), await fixture.AddReaderAsync("ben"));

        await using var a = await SseClient.OpenAsync(one, lead, key: ann);
        await UntilAsync(a, "ann");
        var alsoAnn = await SseClient.OpenAsync(two, lead, key: ann);
        await UntilAsync(alsoAnn, "ann");
        var b = await SseClient.OpenAsync(two, lead, key: ben);
        await UntilAsync(a, "ann", "ben");
        await UntilAsync(b, "ann", "ben");
        await alsoAnn.DisposeAsync();
        await b.DisposeAsync();
        await UntilAsync(a, "ann");

        // No one's coming or going on another stream of theirs was news.
        Assert.Equal(["ann", "ann,ben", "ann"], Told(a).Select(names => string.Join(',', names)));
        var shown = a.Items.First(item => item.EventType == LeadEventTypes.PresenceChanged);
        var json = JsonDocument.Parse(shown.Data).RootElement;
        Assert.Equal(lead.ToString(), json.GetProperty("leadId").GetString());
        Assert.False(json.TryGetProperty("seq", out _));
        Assert.Equal(1, json.GetProperty("data").GetProperty("count").GetInt32());
        var since = json.GetProperty("data").GetProperty("watchers")[0].GetProperty("since").GetDateTimeOffset();
        Assert.InRange(since, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow);
        Assert.Equal("0", a.LastEventId);
    }

    [Fact]
    public async Task Many_streams_of_one_key_that_join_a_lead_are_one_message_and_a_stream_that_is_back_at_once_is_none()
    {
        await using var instance = await fixture.StartInstanceAsync(("PresenceInterval", "00:00:00.500"));
        var lead = await fixture.AddLeadAsync();
        var messages = await CountMessagesAsync(lead);
        var key = await fixture.AddReaderAsync("crowd");
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
        await using var another = await SseClient.OpenAsync(instance, lead, key: await fixture.AddReaderAsync("another"));
        await UntilAsync(last, "crowd", "another");
        await Wait.UntilAsync(() => messages() > 1, "the second message");
        Assert.Equal(2, messages());
    }

    [Fact]
    public async Task What_an_instance_that_died_left_is_removed_by_the_others_who_tell_their_watchers()
    {
        await using var living = await fixture.StartInstanceAsync(s_quick);
        var dying = await fixture.StartInstanceAsync(s_quick);
        var lead = await fixture.AddLeadAsync();
        var (ann, ben) = (await fixture.AddReaderAsync("ann"), await fixture.AddReaderAsync("ben"));
        await using var a = await SseClient.OpenAsync(living, lead, key: ann);
        await UntilAsync(a, "ann");
        await using var b = await SseClient.OpenAsync(dying, lead, key: ben);
        await UntilAsync(a, "ann", "ben");

        // A stopping instance leaves everything as it is, as a dying one does: its clients come back elsewhere.
        await dying.DisposeAsync();
        await UntilAsync(a, "ann");
        Assert.Single(await fixture.Redis.GetDatabase().HashGetAllAsync(PresenceHash.KeyOf(lead)));
    }

    [Fact]
    public async Task What_Redis_forgot_is_written_again_and_nobody_is_told_of_changes_that_were_none()
    {
        await using var one = await fixture.StartInstanceAsync(s_quick);
        await using var two = await fixture.StartInstanceAsync(s_quick);
        var lead = await fixture.AddLeadAsync();
        var (ann, ben) = (await fixture.AddReaderAsync("ann"), await fixture.AddReaderAsync("ben"));
        await using var a = await SseClient.OpenAsync(one, lead, key: ann);
        await UntilAsync(a, "ann");
        await using var b = await SseClient.OpenAsync(two, lead, key: ben);
        await UntilAsync(a, "ann", "ben");
        var database = fixture.Redis.GetDatabase();

        var fields = PresenceHash.Read(await database.HashGetAllAsync(PresenceHash.KeyOf(lead)));
        await database.KeyDeleteAsync(PresenceHash.KeyOf(lead));
        foreach (var field in fields)
        {
            await database.KeyDeleteAsync(PresenceHash.LivenessOf(field.Instance));
        }

        await Wait.UntilAsync(async () => (await database.HashLengthAsync(PresenceHash.KeyOf(lead))) == 2, "both are written again");
        var cleo = await fixture.AddReaderAsync("cleo");
        await using var c = await SseClient.OpenAsync(two, lead, key: cleo);
        await UntilAsync(a, "ann", "ben", "cleo");
        Assert.Equal(["ann", "ann,ben", "ann,ben,cleo"], Told(a).Select(names => string.Join(',', names)));
    }

    [Fact]
    public async Task A_stream_of_several_leads_watches_each_of_them_and_is_told_of_each()
    {
        await using var instance = await fixture.StartInstanceAsync(s_quick);
        var (x, y) = (await fixture.AddLeadAsync(), await fixture.AddLeadAsync());
        var (ann, ben) = (await fixture.AddReaderAsync("ann"), await fixture.AddReaderAsync("ben"));
        await using var several = await SseClient.OpenAsync(instance, $"/api/stream/conversations?lead={x}&lead={y}", key: ann);
        await using var one = await SseClient.OpenAsync(instance, y, key: ben);

        await UntilAsync(one, "ann", "ben");
        await Wait.UntilAsync(() => Told(several, x) is [.., ["ann"]] && Told(several, y) is [.., ["ann", "ben"]], "both leads' watchers");
    }

    [Fact]
    public async Task Ready_does_not_wait_for_Redis_and_who_came_meanwhile_is_told_when_it_is_back()
    {
        var (proxy, redis) = RedisProxy.To(fixture.RedisConnection);
        await using var ends = proxy;
        await using var instance = await RealtimeInstance.StartAsync(
            fixture.DatabaseConnection, redis, [.. s_quick, ("RedisPulse", "00:00:00.100")]);
        var lead = await fixture.AddLeadAsync();
        var (ann, ben) = (await fixture.AddReaderAsync("ann"), await fixture.AddReaderAsync("ben"));
        await using var a = await SseClient.OpenAsync(instance, lead, key: ann);
        await UntilAsync(a, "ann");

        proxy.Cut();
        await instance.UntilRedisIsAsync(up: false);
        await using var b = await SseClient.OpenAsync(instance, lead, key: ben);
        Assert.Equal("ready", b.Items[0].EventType);
        proxy.Restore();
        await UntilAsync(a, "ann", "ben");
        await UntilAsync(b, "ann", "ben");
    }

    private async Task<Func<int>> CountMessagesAsync(LeadId lead)
    {
        var messages = new ConcurrentQueue<string>();
        await fixture.Redis.GetSubscriber().SubscribeAsync(
            RedisChannel.Literal(LeadMessage.ChannelOf(lead)), (_, message) => messages.Enqueue(Encoding.UTF8.GetString((byte[])message!)));
        return () => messages.Count(message => message.Contains(LeadEventTypes.PresenceChanged, StringComparison.Ordinal));
    }

    private static Task UntilAsync(SseClient client, params string[] names) => Wait.UntilAsync(
        () => Told(client) is [.., var last] && last.SequenceEqual(names), $"{string.Join(',', names)}");

    // Who watched, oldest first, each time that the client was told.
    private static List<List<string>> Told(SseClient client, LeadId? lead = null) =>
    [
        .. from item in client.Items
           where item.EventType == LeadEventTypes.PresenceChanged
           let json = JsonDocument.Parse(item.Data).RootElement
           where lead is null || json.GetProperty("leadId").GetString() == lead.ToString()
           select json.GetProperty("data").GetProperty("watchers").EnumerateArray().Select(one => one.GetProperty("name").ToString()).ToList(),
    ];
}
