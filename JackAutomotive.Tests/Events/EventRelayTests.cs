using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Events;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace JackAutomotive.Tests.Events;

/// <summary>The relay publishes lead events to Redis.</summary>
public sealed class EventRelayTests(Servers servers) : IAsyncLifetime
{
    private readonly WebhookApiFixture _fixture = new(servers);
    private readonly ConcurrentQueue<(LeadId Lead, LeadMessage Message)> _published = new();
    private ConnectionMultiplexer _redis = null!;

    public async ValueTask InitializeAsync()
    {
        await _fixture.InitializeAsync();
        _redis = await ConnectionMultiplexer.ConnectAsync(servers.Redis);
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _fixture.DisposeAsync();
    }

    [Fact]
    public async Task Events_are_published_right_after_their_commit_and_removed_from_the_outbox()
    {
        var (lead, number) = await NewLeadAsync();
        await _fixture.Instance.Sms.Text("live", number).DeliverAsync(_fixture.Instance.Client);
        await _fixture.Instance.DrainAsync();

        await WaitForMessagesAsync(1);
        await WaitForOutboxCountAsync(0);
        var (publishedLead, message) = Assert.Single(_published);
        Assert.Equal((lead, 3), (publishedLead, message.Seq));
        var frame = Encoding.UTF8.GetString(message.Frame.Span);
        Assert.StartsWith("id: 3\nevent: sms_received\ndata: {", frame, StringComparison.Ordinal);
        Assert.EndsWith("}\n\n", frame, StringComparison.Ordinal);
        Assert.Contains("\"body\":\"live\"", frame, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_number_of_events_published_together_sends_one_hint_to_streams_of_many_leads()
    {
        // The channel prefix keeps the events of other tests out.
        var ownRedis = $"{servers.Redis},channelPrefix={Guid.NewGuid():N}";
        await using var api = _fixture.Start(("ConnectionStrings:redis", ownRedis));
        await using var redis = await ConnectionMultiplexer.ConnectAsync(ownRedis);
        var hints = new ConcurrentQueue<int>();
        var channel = RedisChannel.Literal(LeadsChannel.Name);
        (await redis.GetSubscriber().SubscribeAsync(channel)).OnMessage(received => hints.Enqueue(((byte[]?)received.Message ?? []).Length));
        var (lead, _) = await NewLeadAsync();
        await CommitWithoutPublishingAsync(lead, 20);
        await _fixture.ExecuteAsync("UPDATE outbox_transactions SET created_at = created_at - interval '1 hour'");

        var relay = api.Services.GetRequiredService<EventRelay>();
        Assert.Equal(20, await relay.DrainAsync(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken));
        await Wait.UntilAsync(() => !hints.IsEmpty, "the hint");
        await redis.GetSubscriber().PublishAsync(channel, "the end");
        await Wait.UntilAsync(() => hints.Contains(7), "the end");
        Assert.Equal([0, 7], hints);
    }

    [Fact]
    public async Task One_trace_covers_the_request_the_handling_and_the_published_message()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "JackAutomotive.WebhookApi",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var (_, number) = await NewLeadAsync();
        ActivityTraceId trace;
        using (var provider = new Activity("provider").Start())
        {
            trace = provider.TraceId;
            await _fixture.Instance.Sms.Text(from: number).DeliverAsync(_fixture.Instance.Client);
        }

        await _fixture.Instance.DrainAsync();
        await WaitForMessagesAsync(1);
        await WaitForOutboxCountAsync(0);

        var published = Assert.Single(_published).Message.TraceParent!;
        var ownSpans = spans.Where(span => span.TraceId == trace).ToDictionary(span => span.OperationName);
        Assert.Equal(["handle twilio.sms-incoming", "inbox write", "publish sms_received"], ownSpans.Keys.Order());
        Assert.Equal(ownSpans["inbox write"].ParentSpanId, ownSpans["handle twilio.sms-incoming"].ParentSpanId);
        Assert.Equal(ownSpans["handle twilio.sms-incoming"].SpanId, ownSpans["publish sms_received"].ParentSpanId);
        Assert.Equal(ownSpans["publish sms_received"].Id, published);
        Assert.Empty(ownSpans["handle twilio.sms-incoming"].Links);
    }

    [Fact]
    public async Task The_relay_publishes_in_order_the_events_that_a_crash_left_unpublished()
    {
        var (lead, _) = await NewLeadAsync();
        await CommitWithoutPublishingAsync(lead, 3);
        Assert.Equal(1, await _fixture.CountAsync("outbox_transactions WHERE cardinality(seqs) = 3"));

        var relay = _fixture.Instance.Services.GetRequiredService<EventRelay>();
        Assert.Equal(0, await relay.DrainAsync(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken));
        _fixture.Time.Advance(TimeSpan.FromSeconds(2));

        await WaitForMessagesAsync(3); // The relay's own timer publishes them.
        await WaitForOutboxCountAsync(0);
        Assert.Equal([3, 4, 5], _published.Select(published => published.Message.Seq));
    }

    [Fact]
    public async Task Events_that_an_earlier_version_left_in_its_outbox_are_published()
    {
        var (lead, _) = await NewLeadAsync();
        await CommitWithoutPublishingAsync(lead, 2);
        await _fixture.ExecuteAsync("""
            WITH earlier AS (DELETE FROM outbox_transactions RETURNING lead_ids, seqs, created_at)
            INSERT INTO event_outbox (lead_id, seq, created_at)
            SELECT lead_id, seq, created_at FROM earlier, unnest(lead_ids, seqs) AS event (lead_id, seq)
            """);

        _fixture.Time.Advance(TimeSpan.FromSeconds(2));

        await WaitForMessagesAsync(2);
        await WaitForOutboxCountAsync(0);
        Assert.Equal(0, await _fixture.CountAsync("event_outbox"));
        Assert.Equal([3, 4], _published.Select(published => published.Message.Seq));
    }

    [Fact]
    public async Task A_relay_that_stops_publishes_everything_that_is_queued()
    {
        const int Count = 5_000;
        var (lead, _) = await NewLeadAsync();
        using var relay = ActivatorUtilities.CreateInstance<EventRelay>(_fixture.Instance.Services);
        await CommitAsync(relay, lead, Count);

        await relay.StartAsync(TestContext.Current.CancellationToken);
        await WaitForMessagesAsync(1);
        await relay.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, await _fixture.CountAsync("outbox_transactions"));
        await WaitForMessagesAsync(Count);
    }

    [Fact]
    public async Task The_age_of_a_relayed_event_counts_from_its_commit_and_not_from_what_it_reports()
    {
        var (lead, _) = await NewLeadAsync();
        var committedAt = _fixture.Time.GetUtcNow();
        await CommitWithoutPublishingAsync(lead, 1, occurredAt: committedAt.AddHours(-1));
        _fixture.Time.Advance(TimeSpan.FromSeconds(2));

        await WaitForMessagesAsync(1);
        Assert.Equal(committedAt, _published.Single().Message.CommittedAt);
    }

    [Fact]
    public async Task Deliveries_are_handled_during_a_Redis_outage_and_their_events_are_published_afterwards()
    {
        var redis = servers.Redis.Split(',');
        var endpoint = redis[0].Split(':');
        await using var proxy = new TcpProxy(endpoint[0], int.Parse(endpoint[1]));
        await using var api = _fixture.Start(("ConnectionStrings:redis", string.Join(',', [$"127.0.0.1:{proxy.Port}", .. redis[1..]])));
        var (_, number) = await NewLeadAsync();
        proxy.Cut();
        await Wait.UntilAsync(() => !api.Services.GetRequiredService<IConnectionMultiplexer>().IsConnected, "the Redis connection to be lost");

        var began = Stopwatch.GetTimestamp();
        await api.Sms.Text("while Redis is unavailable", number).DeliverAsync(api.Client);
        await api.DrainAsync();
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(3));

        Assert.Equal(["lead_created", "sms_received", "sms_received"], await _fixture.ReadEventTypesAsync(number));
        Assert.Equal(1, await _fixture.CountAsync("outbox_transactions"));
        await Wait.UntilAsync(
            () => api.Logs.Entries.Any(entry => entry.Contains("Redis is unavailable", StringComparison.Ordinal)), "the failed publish");
        var health = await api.Client.GetStringAsync(new Uri("/health", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("Degraded", health, StringComparison.Ordinal);

        proxy.Restore();
        await Wait.UntilAsync(() => api.Services.GetRequiredService<IConnectionMultiplexer>().IsConnected, "the Redis connection to be restored");
        _fixture.Time.Advance(TimeSpan.FromSeconds(2));
        await WaitForMessagesAsync(1);
        await WaitForOutboxCountAsync(0);

        // The same instance still publishes after the outage.
        await api.Sms.Text("after it", number).DeliverAsync(api.Client);
        await api.DrainAsync();
        await WaitForMessagesAsync(2);
    }

    // Creates a lead whose events 1 and 2 are published, then subscribes to the channel of the lead.
    private async Task<(LeadId Lead, string Number)> NewLeadAsync()
    {
        var number = IncomingSmsDriver.NewNumber();
        await _fixture.Instance.Sms.Text(from: number).DeliverAsync(_fixture.Instance.Client);
        await _fixture.Instance.DrainAsync();
        await WaitForOutboxCountAsync(0);
        var lead = new LeadId(await _fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", number));
        var channel = await _redis.GetSubscriber().SubscribeAsync(RedisChannel.Literal(LeadMessage.ChannelName(lead)));
        channel.OnMessage(received =>
        {
            if (LeadMessage.TryDecode((byte[])received.Message!, out var message))
            {
                _published.Enqueue((lead, message));
            }
        });
        return (lead, number);
    }

    private async Task CommitWithoutPublishingAsync(LeadId lead, int count, DateTimeOffset? occurredAt = null)
    {
        // This relay does not run, so the events stay unpublished, as after a crash right after the commit.
        using var stoppedRelay = ActivatorUtilities.CreateInstance<EventRelay>(_fixture.Instance.Services);
        await CommitAsync(stoppedRelay, lead, count, occurredAt);
    }

    private async Task CommitAsync(EventRelay relay, LeadId lead, int count, DateTimeOffset? occurredAt = null)
    {
        await using var work = await UnitOfWork.BeginAsync(
            _fixture.Database, relay, _fixture.Time, deliveryId: null, TestContext.Current.CancellationToken);
        for (var i = 0; i < count; i++)
        {
            work.Raise(lead, LeadEventTypes.SmsReceived, occurredAt ?? _fixture.Time.GetUtcNow(), new { i });
        }

        await work.CommitAsync(TestContext.Current.CancellationToken);
    }

    private Task WaitForMessagesAsync(int count) => Wait.UntilAsync(() => _published.Count >= count, $"{count} published messages");

    private Task WaitForOutboxCountAsync(long count) =>
        Wait.UntilAsync(async () => await _fixture.CountAsync("outbox_transactions") == count, $"{count} rows in the outbox");
}
