using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;

namespace JackAutomotive.Tests.Admin.Deliveries;

public class ReplayTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private readonly DeliveriesDriver _deliveries = new(fixture);

    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task Replaying_every_done_delivery_of_every_topic_changes_nothing()
    {
        foreach (var request in EveryWebhook.CustomerStory(Api, fixture.Time, IncomingSmsDriver.NewNumber()))
        {
            await request.DeliverAsync(Api.Client);
            await Api.DrainAsync();
        }

        var before = await AllRowsAsync();
        var topics = await fixture.ListAsync<string>("SELECT DISTINCT topic FROM inbox WHERE state = 'done' ORDER BY 1");
        Assert.Equal(EveryWebhook.Topics.Order(), topics);

        foreach (var newestFirst in new[] { true, false })
        {
            // The replays run on later days: newest first, then oldest first.
            fixture.Time.Advance(TimeSpan.FromDays(1));
            var done = await fixture.ListAsync<long>("SELECT id FROM inbox WHERE state = 'done' ORDER BY id");
            if (newestFirst)
            {
                done.Reverse();
            }

            foreach (var id in done)
            {
                Assert.Equal(HttpStatusCode.Accepted, await _deliveries.ReplayAsync(id));
                Assert.Equal(1, await Api.DrainAsync());
            }

            Assert.Equal(before, await AllRowsAsync());
            Assert.Equal(done.Count, await fixture.CountAsync("inbox WHERE state = 'done' AND id = ANY ($1)", done));
        }
    }

    [Fact]
    public async Task A_replayed_parked_delivery_gets_a_full_set_of_attempts()
    {
        await using var broken = fixture.Start(
            instance => instance.With(services => services.AddDeliveryHandler<FailingHandler>(Topics.TwilioIncomingSms)),
            ("Inbox:MaxAttempts", "2"));
        var from = IncomingSmsDriver.NewNumber();
        var sid = IncomingSmsDriver.NewSid();
        await broken.Sms.Text(from: from, sid: sid).DeliverAsync(broken.Client);
        var id = await _deliveries.FindIdAsync($"sms:{sid}");
        await ExhaustAsync(broken);
        Assert.Equal(["1 retried", "2 parked"], await AttemptsAsync(id));

        var (status, delivery) = await _deliveries.PostAsync($"/api/deliveries/{id}/replay");
        Assert.Equal((HttpStatusCode.Accepted, "pending"), (status, (string?)delivery["state"]));
        Assert.Equal(HttpStatusCode.Conflict, await _deliveries.ReplayAsync(id));

        // The first failure does not park the delivery, because attempts before the replay do not count.
        Assert.Equal(1, await broken.DrainAsync());
        Assert.Equal("pending", await fixture.ReadAsync<string>("SELECT state FROM inbox WHERE id = $1", id));
        await ExhaustAsync(broken);
        Assert.Equal(["1 retried", "2 parked", "3 retried", "4 parked"], await AttemptsAsync(id));

        await _deliveries.ReplayAsync(id);
        await Api.DrainAsync();
        Assert.Equal(["1 retried", "2 parked", "3 retried", "4 parked", "5 done"], await AttemptsAsync(id));
        Assert.Equal(["lead_created", "sms_received"], await fixture.ReadEventTypesAsync(from));
    }

    [Fact]
    public async Task A_replay_is_recorded_with_the_keys_name_and_the_previous_state()
    {
        await _deliveries.AddKeyAsync("key-of-anna", "Anna", "admin");
        var sid = IncomingSmsDriver.NewSid();
        await Api.Sms.Text(sid: sid).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        var id = await _deliveries.FindIdAsync($"sms:{sid}");

        Assert.Equal(HttpStatusCode.Accepted, (await _deliveries.PostAsync($"/api/deliveries/{id}/replay", key: "key-of-anna")).Status);
        await Api.DrainAsync();

        var replay = Assert.Single((await _deliveries.FindAsync(id))["replays"]!.AsArray())!;
        Assert.Equal(("Anna", "done"), ((string?)replay["requestedBy"], (string?)replay["state"]));
        Assert.Equal(["1 done", "2 done"], await AttemptsAsync(id));
        var line = $"delivery {id} is handled again at the request of 'Anna'";
        Assert.Contains(Api.Logs.Entries, entry => entry.Contains(line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_filtered_replay_runs_in_bounded_pages_until_none_is_left()
    {
        var from = await SendMalformedAsync(5);

        var criteria = new JsonObject { ["parkedAs"] = "malformed", ["receivedFrom"] = from, ["limit"] = 2 };
        var seen = new List<(int Matched, int Replayed)>();
        do
        {
            var (status, answer) = await _deliveries.PostAsync("/api/deliveries/replay", criteria.ToJsonString());
            Assert.Equal(HttpStatusCode.Accepted, status);
            seen.Add(((int)answer["matched"]!, (int)answer["replayed"]!));
            criteria["after"] = answer["next"]?.GetValue<long>();
        }
        while (criteria["after"] is not null);

        Assert.Equal([(5, 2), (3, 2), (1, 1)], seen);
        Assert.Equal(5, await Api.DrainAsync());
        var (_, again) = await _deliveries.PostAsync("/api/deliveries/replay", criteria.ToJsonString());
        Assert.Equal((5, 2), ((int)again["matched"]!, (int)again["replayed"]!));
        await Api.DrainAsync();
    }

    [Theory]
    [InlineData("{}", "body")]
    [InlineData("""{"limit": 5, "after": 100}""", "body")]
    [InlineData("""{"parkedAs": null}""", "body")]
    [InlineData("[]", "body")]
    [InlineData("""{"state": "pending"}""", "state")]
    [InlineData("""{"parkedas": "exhausted"}""", "parkedas")]
    [InlineData("""{"state": ["parked"]}""", "state")]
    [InlineData("""{"state": "parked", "limit": 1001}""", "limit")]
    [InlineData("""{"providerId": true}""", "providerId")]
    [InlineData("""{"providerId": 7}""", "providerId")]
    [InlineData("""{"providerId": {"a": 1}}""", "providerId")]
    [InlineData("""{"topic": false}""", "topic")]
    [InlineData("""{"lead": 1}""", "lead")]
    [InlineData("""{"receivedFrom": 20261123}""", "receivedFrom")]
    [InlineData("""{"state": "parked", "limit": "5"}""", "limit")]
    [InlineData("""{"state": "parked", "limit": 5.0}""", "limit")]
    [InlineData("""{"state": "parked", "after": "7"}""", "after")]
    [InlineData("""{"state": "parked", "after": true}""", "after")]
    [InlineData("""{"providerId": "CA\ud800"}""", "providerId")]
    [InlineData("""{"providerId": "CA\u0000"}""", "providerId")]
    [InlineData("""{"topic": "\udc00.\ud800"}""", "topic")]
    [InlineData("""{"state": "parked", "\ud800": 1}""", "\\ud800")]
    public async Task An_invalid_or_empty_filter_is_refused_and_replays_nothing(string json, string named)
    {
        var replays = await fixture.CountAsync("delivery_replays");
        var (status, problem) = await _deliveries.PostAsync("/api/deliveries/replay", json);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.NotNull(problem["errors"]![named]);
        Assert.Equal(replays, await fixture.CountAsync("delivery_replays"));
    }

    [Fact]
    public async Task A_body_that_is_not_JSON_is_answered_400() =>
        Assert.Equal(HttpStatusCode.BadRequest, (await _deliveries.PostAsync("/api/deliveries/replay", "{")).Status);

    /// <summary>Returns every row, as text, of every table that a replay must not change.</summary>
    private async Task<List<string>> AllRowsAsync()
    {
        string[] excluded =
        [
            "inbox", "delivery_attempts", "delivery_replays", "delivery_conflicts", "schema_migrations", "event_outbox", "outbox_transactions", "api_keys",
            "alerts",
        ];
        var tables = await fixture.ListAsync<string>(
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL ($1) ORDER BY 1", (object)excluded);
        var rows = new List<string>();
        foreach (var table in tables)
        {
            rows.AddRange(await fixture.ListAsync<string>($"SELECT '{table} ' || t::text FROM {table} AS t ORDER BY 1"));
        }

        Assert.Contains(rows, row => row.StartsWith("lead_events ", StringComparison.Ordinal));
        return rows;
    }

    private async Task<string> SendMalformedAsync(int count)
    {
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        var from = fixture.Time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'");
        for (var i = 0; i < count; i++)
        {
            await Api.Sms.Fields([("MessageSid", IncomingSmsDriver.NewSid())]).DeliverAsync(Api.Client);
        }

        await Api.DrainAsync();
        return from;
    }

    private async Task ExhaustAsync(WebhookApiInstance api)
    {
        while (await api.DrainAsync() > 0 || await fixture.CountAsync("inbox WHERE state = 'pending'") > 0)
        {
            fixture.Time.Advance(TimeSpan.FromMinutes(1));
        }
    }

    private async Task<List<string>> AttemptsAsync(long id) =>
        [.. (await _deliveries.FindAsync(id))["attemptLog"]!.AsArray().Select(attempt => $"{attempt!["number"]} {attempt["outcome"]}")];

    private sealed class FailingHandler : IDeliveryHandler
    {
        public Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("broken on purpose");
    }
}
