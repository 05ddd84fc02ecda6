using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Analysis;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Analysis.Pipeline;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Consent;
using JackAutomotive.WebhookApi.Events;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.Consent;

/// <summary>The ledger, filled by texts, calls, callbacks and staff.</summary>
public sealed class ConsentTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private readonly AnalysisDriver _driver = new(fixture, fixture.Instance);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("STOP", "keyword", "STOP")]
    [InlineData("Unsubscribe!", "keyword", "Unsubscribe!")]
    [InlineData("pls stop texting me", "free_wording", null)]
    public async Task A_text_that_ends_contact_shuts_texts_and_calls_when_it_is_stored(string body, string source, string? words)
    {
        var sid = await _driver.TextAsync(body);

        await AssertMayAsync(texts: false, calls: false);
        var entry = Assert.Single((await LedgerAsync())["entries"]!.AsArray())!;
        Assert.Equal(("opt_out", "all", "customer", source, "sms"), (
            (string?)entry["change"], (string?)entry["scope"], (string?)entry["saidBy"], (string?)entry["source"], (string?)entry["channel"]));
        Assert.Equal(_driver.Number, (string?)entry["address"]);
        Assert.True(words is null || words == (string?)entry["words"]);
        var changed = Assert.Single(await _driver.EventsAsync("consent_changed"));
        Assert.Equal((false, false, source), ((bool)changed["mayText"]!, (bool)changed["mayCall"]!, (string)changed["source"]!));

        // The analysis finds the same request later, and the delivery is replayed: nothing more happens.
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        await fixture.Instance.AnalyseAsync();
        await fixture.ExecuteAsync($"UPDATE inbox SET state = 'pending', due_at = now() - interval '1 year' WHERE dedup_key LIKE '%{sid}'");
        await fixture.Instance.DrainAsync();
        Assert.Single(await _driver.EventsAsync("opt_out_detected"));
        Assert.Single(await _driver.EventsAsync("consent_changed"));
        Assert.Single((await LedgerAsync())["entries"]!.AsArray());
    }

    [Theory]
    [InlineData("hello, is it still there?")]
    [InlineData("HELP")]
    [InlineData("Can I cancel my visit?")]
    [InlineData("YES")]
    public async Task Other_texts_enter_nothing(string body)
    {
        await _driver.TextAsync(body);

        await AssertMayAsync(texts: true, calls: true);
        Assert.Empty((await LedgerAsync())["entries"]!.AsArray());
    }

    [Theory]
    [InlineData("START")]
    [InlineData("unstop")]
    [InlineData("Yes")]
    public async Task A_later_start_of_the_same_person_opens_again(string word)
    {
        await _driver.TextAsync("STOP");
        await _driver.TextAsync("Stop!");
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        await _driver.TextAsync(word);

        await AssertMayAsync(texts: true, calls: true);
        Assert.Equal(["opt_out", "opt_in"], (await _driver.EventsAsync("consent_changed")).Select(e => (string)e["change"]!));
        Assert.Equal(3, (await LedgerAsync())["entries"]!.AsArray().Count);
    }

    [Fact]
    public async Task Yes_does_not_take_back_a_request_in_other_words()
    {
        await _driver.TextAsync("Please stop contacting me");
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        await _driver.TextAsync("Yes");

        await AssertMayAsync(texts: false, calls: false);
    }

    [Fact]
    public async Task Twilios_reading_of_a_text_counts_on_every_address_of_the_person()
    {
        await fixture.Instance.Sms.Fields(
        [
            ("MessageSid", IncomingSmsDriver.NewSid()), ("From", $"whatsapp:{_driver.Number}"), ("To", $"whatsapp:{IncomingSmsDriver.OurNumber}"),
            ("Body", "Arret"), ("NumMedia", "0"), ("OptOutType", "STOP"),
        ]).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();

        await AssertMayAsync(texts: false, calls: false);
        var entry = Assert.Single((await LedgerAsync())["entries"]!.AsArray())!;
        Assert.Equal(("opt_out_type", "whatsapp"), ((string?)entry["source"], (string?)entry["channel"]));
    }

    [Fact]
    public async Task Error_21610_of_a_callback_is_an_opt_out_also_before_there_is_a_lead()
    {
        var sid = IncomingSmsDriver.NewSid();
        var status = new SmsStatusDriver(fixture.Instance.Sms);
        await status.Status(sid, "undelivered", _driver.Number, 21610).DeliverAsync(fixture.Instance.Client);
        await status.Status(sid, "failed", _driver.Number, 21610).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();
        Assert.Equal(1, await fixture.CountAsync("consent_entries WHERE address = $1 AND lead_id IS NULL", _driver.Number));

        await _driver.TextAsync("Why do I get no answer?");

        await AssertMayAsync(texts: false, calls: false);
        Assert.Equal("error_21610", (string?)Assert.Single((await LedgerAsync())["entries"]!.AsArray())!["source"]);
    }

    [Fact]
    public async Task Words_of_a_call_end_contact_when_the_transcript_is_stored_and_already_while_the_call_goes_on()
    {
        await _driver.CallAsync(1_793_000_000, "Hello, this is Jack.", "Take me off your list and never call me again.");

        await AssertMayAsync(texts: false, calls: false);
        var entry = Assert.Single((await LedgerAsync())["entries"]!.AsArray())!;
        Assert.Equal(("voice", "voice"), ((string?)entry["source"], (string?)entry["channel"]));
        await fixture.Instance.AnalyseAsync();
        Assert.Single((await LedgerAsync())["entries"]!.AsArray());

        var live = new ConversationEventsDriver(fixture.Time);
        var caller = new AnalysisDriver(fixture, fixture.Instance);
        await live.Started(caller.Number).DeliverAsync(fixture.Instance.Client);
        await live.User("Stop calling me!", 1, 1).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();
        Assert.Equal("voice", (string?)Assert.Single(await caller.EventsAsync("consent_changed"))["source"]);
    }

    [Fact]
    public async Task Staff_record_what_was_said_and_only_staff_take_back_their_own_decision()
    {
        await _driver.TextAsync("Hello");

        var afterCalls = await RecordAsync(new JsonObject
        {
            ["change"] = "opt_out",
            ["scope"] = "call",
            ["saidBy"] = "customer",
            ["words"] = "Only text me",
            ["saidAt"] = "2026-11-01T12:00:00Z",
        });
        Assert.Equal((true, false), ((bool)afterCalls["mayText"]!, (bool)afterCalls["mayCall"]!));
        Assert.Equal("JACK_API_KEY", (string?)afterCalls["entries"]![0]!["recordedBy"]);

        await RecordAsync(new JsonObject { ["change"] = "opt_out" });
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        await _driver.TextAsync("START");
        await AssertMayAsync(texts: false, calls: false);

        await RecordAsync(new JsonObject { ["change"] = "opt_in" });
        await AssertMayAsync(texts: true, calls: true);
    }

    [Theory]
    [InlineData("change", "{}")]
    [InlineData("change", """{"change": "stop"}""")]
    [InlineData("scope", """{"change": "opt_out", "scope": "mail"}""")]
    [InlineData("saidBy", """{"change": "opt_out", "saidBy": "carrier"}""")]
    [InlineData("saidAt", """{"change": "opt_out", "saidAt": "2030-01-01T00:00:00Z"}""")]
    [InlineData("words", """{"change": "opt_out", "words": "\ud800"}""")]
    [InlineData("reason", """{"change": "opt_out", "reason": "x"}""")]
    [InlineData("body", "[]")]
    public async Task A_wrong_record_names_its_field(string field, string body)
    {
        await _driver.TextAsync("Hello");
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await fixture.Instance.Client.PostAsync(await LedgerPathAsync(), content, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await Problem.AssertAsync(answer))["errors"]![field]);
    }

    [Fact]
    public async Task An_unknown_lead_has_no_ledger()
    {
        using var answer = await fixture.Instance.Client.GetAsync(new Uri($"/api/leads/{Guid.NewGuid()}/consent", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        await Problem.AssertAsync(answer, "urn:jack-automotive:problem:no-such-lead");
    }

    [Fact]
    public async Task With_a_narrow_scope_an_opt_out_covers_only_the_way_on_which_it_was_said()
    {
        await using var api = fixture.Start(("Consent:OptOutScope", "channel"));
        var driver = new AnalysisDriver(fixture, api);
        await driver.TextAsync("STOP");

        var changed = Assert.Single(await driver.EventsAsync("consent_changed"));
        Assert.Equal((false, true), ((bool)changed["mayText"]!, (bool)changed["mayCall"]!));
    }

    [Fact]
    public async Task Listeners_act_in_the_transaction_of_the_opt_out()
    {
        var listener = new RecordingListener();
        await using var api = fixture.Start(instance => instance.With(services => services.AddSingleton<IConsentListener>(listener)));
        var driver = new AnalysisDriver(fixture, api);
        await driver.TextAsync("STOP");
        await driver.TextAsync("STOP");

        var change = Assert.Single(listener.Changes);
        Assert.Equal((false, false, "keyword"), (change.MayText, change.MayCall, change.Source));
        Assert.Equal(new LeadId(await driver.LeadAsync()), change.Lead);
        Assert.Equal(1, listener.SeenInTransaction);
    }

    [Fact]
    public async Task An_opt_out_outlives_its_lead()
    {
        await _driver.TextAsync("STOP");
        await fixture.ExecuteAsync($"DELETE FROM leads WHERE phone = '{_driver.Number}'");
        await _driver.TextAsync("Hello again");

        await AssertMayAsync(texts: false, calls: false);
    }

    [Fact]
    public void A_text_is_searched_for_a_request_in_a_fraction_of_a_millisecond()
    {
        var rules = new RuleEngine();
        const string Body = "Hi Jack, I talked to my wife and we are not sure about the price, can you tell me what the payment would be for the blue one?";
        var fastest = Measurements(() => rules.FindIntents(Body)).Min();

        Assert.InRange(fastest.TotalMicroseconds, 0, 500);
    }

    private static IEnumerable<TimeSpan> Measurements(Action action)
    {
        for (var i = 0; i < 200; i++)
        {
            var started = System.Diagnostics.Stopwatch.GetTimestamp();
            action();
            yield return System.Diagnostics.Stopwatch.GetElapsedTime(started);
        }
    }

    private async Task AssertMayAsync(bool texts, bool calls)
    {
        var ledger = await LedgerAsync();
        Assert.Equal((texts, calls), ((bool)ledger["mayText"]!, (bool)ledger["mayCall"]!));
        foreach (var (channel, allowed) in new[] { ("text", texts), ("call", calls) })
        {
            using var answer = await fixture.Instance.Client.PostAsJsonAsync(
                new Uri("/api/outbound/check", UriKind.Relative),
                new { leadId = await _driver.LeadAsync(), channel, at = "2026-11-24T18:00:00Z" },
                Cancellation);
            var check = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;
            Assert.Equal(allowed, (bool)check["allowed"]!);
        }
    }

    private async Task<JsonNode> LedgerAsync() => await _driver.GetAsync((await LedgerPathAsync()).OriginalString);

    private async Task<Uri> LedgerPathAsync() => new($"/api/leads/{await _driver.LeadAsync()}/consent", UriKind.Relative);

    private async Task<JsonNode> RecordAsync(JsonObject entry)
    {
        using var answer = await fixture.Instance.Client.PostAsJsonAsync(await LedgerPathAsync(), entry, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;
    }

    private sealed class RecordingListener : IConsentListener
    {
        public List<ConsentChange> Changes { get; } = [];

        public long SeenInTransaction { get; private set; }

        public async Task OnChangedAsync(UnitOfWork work, ConsentChange change, CancellationToken cancellationToken)
        {
            await using var command = work.CreateCommand($"SELECT count(*) FROM consent_entries WHERE id = '{change.EntryId}'");
            SeenInTransaction = (long)(await command.ExecuteScalarAsync(cancellationToken))!;
            Changes.Add(change);
        }
    }
}
