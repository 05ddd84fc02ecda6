using JackAutomotive.Contracts;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using Npgsql;

namespace JackAutomotive.Tests.Scoring;

/// <summary>When the scores of leads are computed.</summary>
public sealed class ScoreWorkerTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const string ScoreEvents = "lead_events WHERE lead_id = $1 AND type = 'lead_score_updated'";

    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task Handling_a_delivery_computes_no_score()
    {
        var number = IncomingSmsDriver.NewNumber();
        await HandleTextAsync(number);

        Assert.Equal(["lead_created", "sms_received"], await fixture.ReadEventTypesAsync(number));
        Assert.Equal(0, await fixture.CountAsync("lead_scores JOIN leads ON leads.id = lead_id WHERE phone = $1", number));

        await Api.ScoreAsync();
        Assert.Equal(["lead_created", "sms_received", "lead_score_updated"], await fixture.ReadEventTypesAsync(number));
    }

    [Fact]
    public async Task A_burst_of_events_costs_one_computation_after_a_quiet_time()
    {
        await using var api = fixture.Start(("Scoring:QuietTime", "00:00:02"), ("Scoring:MaxWait", "00:00:05"));
        await api.ScoreAsync();
        var number = IncomingSmsDriver.NewNumber();
        for (var i = 0; i < 3; i++)
        {
            await HandleTextAsync(number);
            await api.ScoreAsync();
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0, await fixture.CountAsync(ScoreEvents, await FindLeadAsync(number)));
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await api.ScoreAsync();
        Assert.Equal(1, await fixture.CountAsync(ScoreEvents, await FindLeadAsync(number)));
    }

    [Fact]
    public async Task A_lead_that_is_never_quiet_is_computed_at_the_latest_after_the_longest_wait()
    {
        await using var api = fixture.Start(("Scoring:QuietTime", "00:00:02"), ("Scoring:MaxWait", "00:00:05"));
        await api.ScoreAsync();
        var number = IncomingSmsDriver.NewNumber();
        for (var second = 0; second <= 5; second++)
        {
            await HandleTextAsync(number);
            await api.ScoreAsync();
            Assert.Equal(second < 5 ? 0 : 1, await fixture.CountAsync(ScoreEvents, await FindLeadAsync(number)));
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task Events_that_the_computation_raises_cause_no_other_computation()
    {
        var number = IncomingSmsDriver.NewNumber();
        await HandleTextAsync(number);

        Assert.True(await Api.ScoreAsync() > 0);
        Assert.Equal(0, await Api.ScoreAsync());
        Assert.Equal(1, await fixture.CountAsync(ScoreEvents, await FindLeadAsync(number)));
    }

    [Fact]
    public async Task An_event_that_becomes_visible_below_a_newer_place_is_not_missed()
    {
        var (slow, fast) = (IncomingSmsDriver.NewNumber(), IncomingSmsDriver.NewNumber());
        await HandleTextAsync(slow);
        await Api.ScoreAsync();
        var lead = await FindLeadAsync(slow);
        var computedAt = await ReadComputedAtAsync(lead);
        fixture.Time.Advance(TimeSpan.FromSeconds(1));

        await using var connection = await fixture.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await AppendEventAsync(connection, lead);
        for (var round = 0; round < 3; round++)
        {
            await HandleTextAsync(fast);
            await Api.ScoreAsync();
        }

        Assert.Equal(computedAt, await ReadComputedAtAsync(lead));
        await transaction.CommitAsync(TestContext.Current.CancellationToken);

        // A transaction that other tests have open in this Postgres may delay the second reading.
        await Wait.UntilAsync(
            async () =>
            {
                await Api.ScoreAsync();
                return await ReadComputedAtAsync(lead) > computedAt;
            },
            "the event below the newest place to be noticed");
    }

    [Fact]
    public async Task Instances_that_work_at_the_same_time_compute_each_lead_once()
    {
        await Wait.UntilAsync(
            async () =>
            {
                await Api.ScoreAsync();
                return await fixture.CountAsync("scoring_progress WHERE settled = (SELECT coalesce(max(position), 0) FROM lead_events)") == 1;
            },
            "the scores of earlier events");
        var numbers = Enumerable.Range(0, 60).Select(_ => IncomingSmsDriver.NewNumber()).ToList();
        foreach (var number in numbers)
        {
            await Api.Sms.Text(from: number).DeliverAsync(Api.Client);
        }

        await Api.DrainAsync();
        await using var other = fixture.Start(("Scoring:BatchSize", "7"));
        var total = 0;
        await Wait.UntilAsync(
            async () =>
            {
                total += (await Task.WhenAll(Api.ScoreAsync(), other.ScoreAsync())).Sum();
                return total >= numbers.Count;
            },
            "every lead to be computed");

        Assert.Equal(numbers.Count, total);
        foreach (var number in numbers)
        {
            Assert.Equal(["lead_created", "sms_received", "lead_score_updated"], await fixture.ReadEventTypesAsync(number));
        }
    }

    [Fact]
    public async Task A_lead_that_cannot_be_computed_does_not_stop_the_others_and_is_tried_again_later()
    {
        var (bad, good) = (IncomingSmsDriver.NewNumber(), IncomingSmsDriver.NewNumber());
        await HandleTextAsync(bad);
        await Api.ScoreAsync();
        var lead = await FindLeadAsync(bad);
        await fixture.ListAsync<Guid>("UPDATE lead_scores SET announced = '[]' WHERE lead_id = $1 RETURNING lead_id", lead);

        await HandleTextAsync(bad);
        await HandleTextAsync(good);
        await Api.ScoreAsync();

        Assert.Equal(1, await fixture.CountAsync(ScoreEvents, await FindLeadAsync(good)));
        Assert.Contains(Api.Logs.Entries, entry => entry.Contains($"The score of lead {new LeadId(lead)} cannot be computed", StringComparison.Ordinal));
        await fixture.ListAsync<Guid>("UPDATE lead_scores SET announced = NULL WHERE lead_id = $1 RETURNING lead_id", lead);
        await Api.ScoreAsync();
        Assert.Equal(1, await fixture.CountAsync(ScoreEvents, lead));
        fixture.Time.Advance(TimeSpan.FromMinutes(10));
        await Api.ScoreAsync();
        Assert.Equal(2, await fixture.CountAsync(ScoreEvents, lead));
    }

    [Fact]
    public async Task A_lead_that_is_being_handled_is_left_for_the_next_round()
    {
        var number = IncomingSmsDriver.NewNumber();
        await HandleTextAsync(number);
        await using (var connection = await fixture.Database.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using var locking = new NpgsqlCommand($"SELECT FROM leads WHERE phone = '{number}' FOR NO KEY UPDATE", connection);
            await locking.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            await Api.ScoreAsync();
            Assert.Equal(0, await fixture.CountAsync(ScoreEvents, await FindLeadAsync(number)));
        }

        await Api.ScoreAsync();
        Assert.Equal(1, await fixture.CountAsync(ScoreEvents, await FindLeadAsync(number)));
    }

    [Fact]
    public async Task A_score_that_only_fades_a_little_raises_no_event()
    {
        var number = IncomingSmsDriver.NewNumber();
        await HandleTextAsync(number);
        await Api.ScoreAsync();
        var lead = await FindLeadAsync(number);
        var before = await fixture.ReadAsync<int>("SELECT score FROM lead_scores WHERE lead_id = $1", lead);

        fixture.Time.Advance(TimeSpan.FromHours(12));
        await Api.ScoreAsync();

        Assert.InRange(await fixture.ReadAsync<int>("SELECT score FROM lead_scores WHERE lead_id = $1", lead), before - 4, before - 1);
        Assert.Equal(1, await fixture.CountAsync(ScoreEvents, lead));
    }

    [Fact]
    public async Task The_history_names_the_delivery_that_caused_a_change_of_the_status()
    {
        var number = IncomingSmsDriver.NewNumber();
        await HandleTextAsync(number);
        await HandleTextAsync(number, "STOP");
        await Api.ScoreAsync();

        var cause = await fixture.ReadAsync<long>(
            "SELECT delivery_id FROM lead_history JOIN leads ON leads.id = lead_id WHERE phone = $1 AND subject = 'status'", number);
        Assert.Equal(cause, await fixture.ReadAsync<long>("SELECT max(id) FROM inbox"));
    }

    private static async Task AppendEventAsync(NpgsqlConnection connection, Guid lead)
    {
        await using var append = new NpgsqlCommand(
            $$"""
            WITH lead AS (UPDATE leads SET last_seq = last_seq + 1 WHERE id = '{{lead}}' RETURNING id, last_seq)
            INSERT INTO lead_events (lead_id, seq, type, occurred_at, data) SELECT id, last_seq, 'message_status', now(), '{}' FROM lead
            """,
            connection);
        await append.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    private async Task HandleTextAsync(string number, string body = "Is the blue one still there?")
    {
        await Api.Sms.Text(body, number).DeliverAsync(Api.Client);
        await Api.DrainAsync();
    }

    private Task<Guid> FindLeadAsync(string number) => fixture.ReadAsync<Guid>("SELECT id FROM leads WHERE phone = $1", number);

    private Task<DateTime> ReadComputedAtAsync(Guid lead) =>
        fixture.ReadAsync<DateTime>("SELECT computed_at FROM lead_scores WHERE lead_id = $1", lead);
}
