extern alias realtime;

using System.Text.Json;
using JackAutomotive.Contract;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Features.ElevenLabs;

/// <summary>Partial lines, from the webhook to the streams.</summary>
public sealed class LiveTranscriptTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private readonly ConversationEventsDriver _live = new(fixture.Time);
    private readonly string _number = IncomingSmsDriver.NewNumber();

    [Fact]
    public async Task Partial_lines_reach_those_who_watch_the_lead_in_order_and_a_client_that_comes_back_misses_nothing_else()
    {
        var api = fixture.Instance;
        await AllowReadingAsync();
        await _live.Started(_number).DeliverAsync(api.Client);
        await api.DrainAsync();
        var id = await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", _number);
        await using var stream = await RealtimeInstance.StartAsync(fixture.DatabaseConnection, fixture.RedisConnection);
        await using var other = await RealtimeInstance.StartAsync(fixture.DatabaseConnection, fixture.RedisConnection);
        var lead = new realtime::JackAutomotive.Contract.LeadId(id);
        await using var client = await stream.WatchAsync(lead, lastEventId: 0);
        await using var second = await other.WatchAsync(lead, lastEventId: 0);
        await client.UntilAsync(2);
        await second.UntilAsync(2);
        await using var all = await other.FollowAsync($"?lead={lead}");

        string[] words = ["Is", "Is the", "Is the blue", "Is the blue one"];
        foreach (var partial in words)
        {
            await _live.Partial(partial).DeliverAsync(api.Client);
        }

        await _live.Partial("It", "agent_chat_response_part").DeliverAsync(api.Client);
        await _live.User("Is the blue one there?", 1, 1).DeliverAsync(api.Client);
        await api.DrainAsync();

        foreach (var watcher in new[] { client, second })
        {
            await watcher.UntilAsync(3);
            await Wait.UntilAsync(() => watcher.Passing.Count == 5, "the partial lines");
            var data = watcher.Passing.Select(frame => JsonDocument.Parse(frame.Data).RootElement.GetProperty("data")).ToList();
            Assert.Equal([.. words, "It"], data.Select(d => d.GetProperty("text").GetString()!));
            Assert.Equal(["user", "user", "user", "user", "agent"], data.Select(d => d.GetProperty("role").GetString()!));
            Assert.All(data, d => Assert.Equal(_live.Conversation, d.GetProperty("conversationId").GetString()));
            Assert.Equal("3", watcher.LastEventId);
        }

        await Wait.UntilAsync(() => all.Passing.Count == 5, "the partial lines on the stream of many leads");
        Assert.Equal(client.Passing.Select(frame => frame.Data), all.Passing.Select(frame => frame.Data));
        var listed = LeadEventCatalogue.All.Single(one => one.Type == LeadEventTypes.LiveTranscript).Fields.Select(field => field.Name);
        var shown = JsonDocument.Parse(all.Passing[0].Data).RootElement.GetProperty("data").EnumerateObject().Select(field => field.Name);
        Assert.Equal(listed, shown);

        await using var resumed = await other.WatchAsync(lead, lastEventId: 1);
        await resumed.UntilAsync(3);
        Assert.Equal([2, 3], resumed.Seqs);
        Assert.Empty(resumed.Passing);
        Assert.Equal(5, api.Counted("live.partial_lines", "outcome=shown"));
        Assert.Equal(["lead_created", "call_initiated", "conversation_user"], await fixture.EventsOfAsync(_number));
    }

    [Fact]
    public async Task As_long_as_the_lead_is_unknown_they_pass_unseen_and_from_then_on_they_are_shown()
    {
        await using var api = fixture.Start();
        await AllowReadingAsync();
        await _live.Partial("unseen").DeliverAsync(api.Client);
        Assert.Equal(1, api.Counted("live.partial_lines", "outcome=lead unknown"));

        // Told to another instance.
        await _live.Started(_number).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();
        await _live.Partial("seen").DeliverAsync(api.Client);

        Assert.Equal(1, api.Counted("live.partial_lines", "outcome=shown"));
    }

    [Fact]
    public async Task While_Redis_is_away_they_are_answered_200_all_the_same()
    {
        await using var api = fixture.Start(("ConnectionStrings:redis", "127.0.0.1:1,connectTimeout=100"));
        await _live.Started(_number).DeliverAsync(api.Client);
        await api.DrainAsync();

        await _live.Partial("unseen").DeliverAsync(api.Client);

        Assert.Equal(1, api.Counted("live.partial_lines", "outcome=left out"));
    }

    private async Task AllowReadingAsync()
    {
        await using var command = fixture.Database.CreateCommand(
            "INSERT INTO api_keys (key_hash, name, scopes, created_at) VALUES ($1, 'test', '{read}', now()) ON CONFLICT DO NOTHING");
        command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = ApiKey.HashOf(RealtimeFixture.Key) });
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
