using System.Text.Json;
using JackAutomotive.Access;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Providers.ElevenLabs;

/// <summary>Partial lines, from the webhook to the streams of the lead.</summary>
public sealed class LiveTranscriptTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private readonly ConversationEventsDriver _live = new(fixture.Time);
    private readonly string _number = IncomingSmsDriver.NewNumber();

    [Fact]
    public async Task Partial_lines_reach_every_watcher_in_order_and_are_not_replayed_to_a_resuming_client()
    {
        var api = fixture.Instance;
        await AddReadKeyAsync();
        await _live.Started(_number).DeliverAsync(api.Client);
        await api.DrainAsync();
        var id = await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", _number);
        await using var stream = await RealtimeInstance.StartAsync(fixture.DatabaseConnection, fixture.RedisConnection);
        await using var other = await RealtimeInstance.StartAsync(fixture.DatabaseConnection, fixture.RedisConnection);
        var lead = new LeadId(id);
        await using var client = await stream.WatchAsync(lead, lastEventId: 0);
        await using var second = await other.WatchAsync(lead, lastEventId: 0);
        await client.UntilAsync(2);
        await second.UntilAsync(2);
        await using var all = await other.WatchManyAsync($"?lead={lead}");

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
        var listed = LeadEventCatalogue.All.Single(entry => entry.Type == LeadEventTypes.LiveTranscript).Fields.Select(field => field.Name);
        var shown = JsonDocument.Parse(all.Passing[0].Data).RootElement.GetProperty("data").EnumerateObject().Select(field => field.Name);
        Assert.Equal(listed, shown);

        await using var resumed = await other.WatchAsync(lead, lastEventId: 1);
        await resumed.UntilAsync(3);
        Assert.Equal([2, 3], resumed.Seqs);
        Assert.Empty(resumed.Passing);
        Assert.Equal(5, api.ReadCounter("live.partial_lines", "outcome=published"));
        Assert.Equal(["lead_created", "call_initiated", "conversation_user"], await fixture.ReadEventTypesAsync(_number));
    }

    [Fact]
    public async Task Partial_lines_are_discarded_until_the_lead_is_known_and_published_from_then_on()
    {
        await using var api = fixture.Start();
        await AddReadKeyAsync();
        await _live.Partial("unseen").DeliverAsync(api.Client);
        Assert.Equal(1, api.ReadCounter("live.partial_lines", "outcome=lead unknown"));

        // Another instance receives the start of the conversation.
        await _live.Started(_number).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();
        await _live.Partial("seen").DeliverAsync(api.Client);

        Assert.Equal(1, api.ReadCounter("live.partial_lines", "outcome=published"));
    }

    [Fact]
    public async Task A_partial_line_is_answered_200_during_a_Redis_outage()
    {
        await using var api = fixture.Start(("ConnectionStrings:redis", "127.0.0.1:1,connectTimeout=100"));
        await _live.Started(_number).DeliverAsync(api.Client);
        await api.DrainAsync();

        await _live.Partial("unseen").DeliverAsync(api.Client);

        Assert.Equal(1, api.ReadCounter("live.partial_lines", "outcome=dropped"));
    }

    private async Task AddReadKeyAsync()
    {
        await using var command = fixture.Database.CreateCommand(
            "INSERT INTO api_keys (key_hash, name, scopes, created_at) VALUES ($1, 'test', '{read}', now()) ON CONFLICT DO NOTHING");
        command.Parameters.Add(new Npgsql.NpgsqlParameter { Value = ApiKey.HashOf(RealtimeFixture.Key) });
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
