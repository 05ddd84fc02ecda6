using System.Text.Json.Nodes;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using StackExchange.Redis;

namespace JackAutomotive.Tests.Timeline;

/// <summary>The <c>watchers</c> field of a lead in the API's answer.</summary>
public sealed class LeadWatchersTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private static readonly DateTimeOffset s_since = new(2026, 11, 23, 11, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Each_viewer_is_shown_once_with_the_oldest_stream_and_reading_changes_nothing()
    {
        var lead = await NewLeadAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(fixture.RedisConnection);
        var (database, key) = (redis.GetDatabase(), PresenceHash.KeyOf(lead));
        string[] instances = [.. Enumerable.Range(0, 3).Select(_ => Guid.NewGuid().ToString("N"))];
        await database.StringSetAsync(PresenceHash.LivenessKey(instances[0]), "1", TimeSpan.FromMinutes(1));
        await database.StringSetAsync(PresenceHash.LivenessKey(instances[1]), "1", TimeSpan.FromMinutes(1));
        Assert.Empty((await GetAsync(fixture.Instance, lead))!.AsArray());

        await database.HashSetAsync(key,
        [
            new(PresenceHash.FieldOf(instances[0], "ann"), PresenceHash.ValueOf(s_since.AddMinutes(2))),
            new(PresenceHash.FieldOf(instances[1], "ann"), PresenceHash.ValueOf(s_since.AddMinutes(1))),
            new(PresenceHash.FieldOf(instances[1], "team/ben"), PresenceHash.ValueOf(s_since)),
            new(PresenceHash.FieldOf(instances[2], "cleo"), PresenceHash.ValueOf(s_since)),
            new("unreadable", "x"),
        ]);

        var shown = (await GetAsync(fixture.Instance, lead))!.AsArray().Select(watcher => $"{watcher!["name"]} {watcher["since"]}");
        Assert.Equal(["team/ben 2026-11-23T11:00:00+00:00", "ann 2026-11-23T11:01:00+00:00"], shown);
        await GetAsync(fixture.Instance, lead);
        Assert.Equal(5, await database.HashLengthAsync(key));
    }

    [Fact]
    public async Task While_Redis_is_down_watchers_is_null_instead_of_empty()
    {
        var lead = await NewLeadAsync();
        await using var api = fixture.Start(("ConnectionStrings:redis", "127.0.0.1:1,connectTimeout=100"));
        Assert.Null(await GetAsync(api, lead));
    }

    private async Task<LeadId> NewLeadAsync()
    {
        var number = IncomingSmsDriver.NewNumber();
        await fixture.Instance.Sms.Text(from: number).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();
        return new LeadId(await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", number));
    }

    private static async Task<JsonNode?> GetAsync(WebhookApiInstance api, LeadId lead)
    {
        var text = await api.Client.GetStringAsync(new Uri($"/api/leads/{lead}", UriKind.Relative), TestContext.Current.CancellationToken);
        var answer = JsonNode.Parse(text)!.AsObject();
        Assert.True(answer.ContainsKey("watchers"));
        return answer["watchers"];
    }
}
