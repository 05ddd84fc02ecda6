using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using JackAutomotive.Access;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Conversations;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using StackExchange.Redis;

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
        await UntilCountedAsync(api, "published", 5);
        Assert.Equal(["lead_created", "call_initiated", "conversation_user"], await fixture.ReadEventTypesAsync(_number));
    }

    [Fact]
    public async Task Partial_lines_are_discarded_until_the_lead_is_known_and_published_from_then_on()
    {
        await using var api = fixture.Start();
        await AddReadKeyAsync();
        await _live.Partial("unseen").DeliverAsync(api.Client);
        await UntilCountedAsync(api, "lead unknown", 1);

        // Another instance receives the start of the conversation.
        await _live.Started(_number).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();
        await _live.Partial("seen").DeliverAsync(api.Client);

        await UntilCountedAsync(api, "published", 1);
    }

    [Fact]
    public async Task A_partial_line_is_answered_200_during_a_Redis_outage()
    {
        await using var api = fixture.Start(("ConnectionStrings:redis", "127.0.0.1:1,connectTimeout=100"));
        await _live.Started(_number).DeliverAsync(api.Client);
        await api.DrainAsync();

        await _live.Partial("unseen").DeliverAsync(api.Client);

        await UntilCountedAsync(api, "dropped", 1);
    }

    [Fact]
    public async Task While_Postgres_hangs_lines_neither_delay_requests_nor_pile_up_and_flow_again_afterwards()
    {
        var database = new NpgsqlConnectionStringBuilder(fixture.DatabaseConnection);
        await using var proxy = new TcpProxy(database.Host!, database.Port);
        database.Host = "127.0.0.1";
        database.Port = proxy.Port;
        await using var api = fixture.Start(("ConnectionStrings:crm", database.ConnectionString));
        var transcript = api.Services.GetRequiredService<LiveTranscript>();
        await _live.Started(_number).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();
        proxy.Pause();

        await _live.Partial("first").DeliverAsync(api.Client);
        for (var i = 0; i < 3 * LiveTranscript.MaxWaitingLines; i++)
        {
            transcript.Publish(new PartialLine(_live.Conversation, "user", $"{i}", null), fixture.Time.GetUtcNow());
            Assert.InRange(transcript.WaitingLineCount, 0, LiveTranscript.MaxWaitingLines);
        }

        await UntilCountedAsync(api, "dropped", (3 * LiveTranscript.MaxWaitingLines) + 1);

        proxy.Restore();
        fixture.Time.Advance(TimeSpan.FromSeconds(2));
        await _live.Partial("again").DeliverAsync(api.Client);
        await UntilCountedAsync(api, "published", 1);
    }

    [Fact]
    public async Task A_full_queue_drops_its_oldest_lines_and_a_line_without_bounds_is_dropped()
    {
        // A Redis that does not answer holds the queue up with the first line.
        var (proxy, redis) = RedisProxy.To(fixture.RedisConnection);
        await using var disposal = proxy;
        await using var api = fixture.Start(("ConnectionStrings:redis", redis));
        var transcript = api.Services.GetRequiredService<LiveTranscript>();
        await _live.Started(_number).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();
        await _live.Partial("known").DeliverAsync(api.Client);
        await UntilCountedAsync(api, "published", 1);
        var lead = new LeadId(await fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", _number));
        await using var listener = await ConnectionMultiplexer.ConnectAsync(fixture.RedisConnection);
        var texts = new ConcurrentQueue<string>();
        (await listener.GetSubscriber().SubscribeAsync(RedisChannel.Literal(LeadMessage.ChannelName(lead)))).OnMessage(received =>
        {
            LeadMessage.TryDecode((byte[])received.Message!, out var message);
            texts.Enqueue(Encoding.UTF8.GetString(message.Frame.Span));
        });

        proxy.Pause();
        Publish("held");
        await Wait.UntilAsync(() => transcript.WaitingLineCount == 0, "the line that holds the queue up");
        const int Count = 3 * LiveTranscript.MaxWaitingLines;
        for (var i = 1; i <= Count; i++)
        {
            Publish($"line {i}");
        }

        Publish(new string('x', LiveTranscript.MaxLineLength + 1));
        proxy.Restore();
        await Wait.UntilAsync(() => texts.Any(text => text.Contains($"\"line {Count}\"", StringComparison.Ordinal)), "the newest line");
        var newest = Enumerable.Range(Count - LiveTranscript.MaxWaitingLines + 1, LiveTranscript.MaxWaitingLines).Select(i => $"\"line {i}\"");
        Assert.All(newest.TakeLast(100), line => Assert.Contains(texts, text => text.Contains(line, StringComparison.Ordinal)));
        Assert.DoesNotContain(texts, text => text.Contains("xxxx", StringComparison.Ordinal));
        Assert.InRange(api.ReadCounter("live.partial_lines", "outcome=dropped"), LiveTranscript.MaxWaitingLines, Count + 1);

        void Publish(string text) => transcript.Publish(new PartialLine(_live.Conversation, "user", text, null), fixture.Time.GetUtcNow());
    }

    private static Task UntilCountedAsync(WebhookApiInstance api, string outcome, long count) => Wait.UntilAsync(
        () => api.ReadCounter("live.partial_lines", $"outcome={outcome}") == count, $"{count} partial lines to be counted as {outcome}");

    private async Task AddReadKeyAsync()
    {
        await using var command = fixture.Database.CreateCommand(
            "INSERT INTO api_keys (key_hash, name, scopes, created_at) VALUES ($1, 'test', '{read}', now()) ON CONFLICT DO NOTHING");
        command.Parameters.Add(new NpgsqlParameter { Value = ApiKey.HashOf(RealtimeFixture.Key) });
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
