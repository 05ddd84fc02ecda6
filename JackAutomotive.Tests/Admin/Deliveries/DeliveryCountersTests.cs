using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Admin.Deliveries;

public class DeliveryCountersTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const string Topic = "twilio.sms-incoming";

    private readonly DeliveriesDriver _deliveries = new(fixture);

    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task Deliveries_are_counted_by_topic_and_state()
    {
        var sid = IncomingSmsDriver.NewSid();
        await Api.Sms.Text("one", sid: sid).DeliverAsync(Api.Client);
        await Api.Sms.Text("two", sid: sid).DeliverAsync(Api.Client); // The same sid with other words: a conflict.
        await using var configured = fixture.Start(("TWILIO_PHONE_NUMBER", IncomingSmsDriver.OurNumber));
        await configured.Sms.TextToUnknownNumber().DeliverAsync(configured.Client); // Parked as unroutable.
        await configured.DrainAsync();
        await Api.Sms.Fields([("MessageSid", IncomingSmsDriver.NewSid())]).DeliverAsync(Api.Client); // Parked as malformed.
        await Api.DrainAsync();
        await Api.Sms.Text("waits").DeliverAsync(Api.Client);
        fixture.Time.Advance(TimeSpan.FromSeconds(90));
        using var refused = await Api.Sms.Text().WithoutHeader(IncomingSmsDriver.SignatureHeader).SendAsync(Api.Client);

        var answer = await _deliveries.GetAsync("/api/deliveries/counters");

        Assert.Equal(EveryWebhook.Topics.Order(), answer["topics"]!.AsArray().Select(topic => (string)topic!["topic"]!));
        var texts = CountersOf(answer, Topic);
        Assert.Equal((1, 90), ((long)texts["pending"]!, (double)texts["oldestPendingAgeSeconds"]!));
        Assert.Equal((1, false), ((long)texts["done"]!, (bool)texts["doneIsEstimated"]!));
        Assert.Equal("""{"malformed":1,"unroutable":1,"exhausted":0}""", texts["parked"]!.ToJsonString());
        Assert.Equal("""{"missing":1}""", texts["rejectedLast24Hours"]!.ToJsonString());
        Assert.Equal(1, (long)texts["conflicts"]!);

        fixture.Time.Advance(TimeSpan.FromDays(1));
        Assert.Empty(CountersOf(await _deliveries.GetAsync("/api/deliveries/counters"), Topic)["rejectedLast24Hours"]!.AsObject());
    }

    [Fact]
    public async Task A_large_done_count_is_estimated_and_a_parked_count_stops_at_the_limit()
    {
        await fixture.ListAsync<long>("""
            INSERT INTO inbox (source, topic, dedup_key, ordering_key, body, body_hash, headers, due_at, received_at, state, parked_as)
            SELECT 'twilio', CASE n % 3 WHEN 0 THEN 'twilio.recording' ELSE 'twilio.voice-status' END,
                'bulk:' || n, 'bulk:' || n, '', '', '{}', now(), now(),
                CASE WHEN n <= 30000 THEN 'done' ELSE 'parked' END, CASE WHEN n > 30000 THEN 'exhausted' END
            FROM generate_series(1, 50000) AS n RETURNING 1::bigint
            """);
        await fixture.ListAsync<string>("ANALYZE inbox");

        var answer = await _deliveries.GetAsync("/api/deliveries/counters");

        var calls = CountersOf(answer, "twilio.voice-status");
        Assert.True((bool)calls["doneIsEstimated"]!);
        Assert.InRange((long)calls["done"]!, 15_000, 25_000);
        Assert.Equal((10_000, 10_000), ((long)calls["parked"]!["exhausted"]!, (long)answer["countLimit"]!));
        await fixture.ListAsync<long>("DELETE FROM inbox WHERE dedup_key LIKE 'bulk:%' RETURNING id");
    }

    private static JsonNode CountersOf(JsonNode answer, string topic) =>
        answer["topics"]!.AsArray().Single(entry => (string?)entry!["topic"] == topic)!;
}
