using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Outbound.Gates;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.Outbound.Gates;

/// <summary>What the API answers to the question whether a lead may be contacted.</summary>
public sealed class CheckApiTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const string Noon = "2026-11-24T18:00:00Z";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_number_may_be_contacted_in_the_day_and_not_at_night_and_the_answer_says_when_it_opens()
    {
        var day = await CheckAsync(new { to = "(212) 555-0115", channel = "text", at = Noon });
        var night = await CheckAsync(new { to = "+12125550115", channel = "call", at = "2026-11-24T22:30:00-05:00" });

        Assert.True((bool)day["allowed"]!);
        Assert.All(day["gates"]!.AsArray(), gate => Assert.Null(gate!["opensAt"]));
        Assert.False((bool)night["allowed"]!);
        var quiet = Gate(night, "quiet_hours");
        Assert.Equal((false, "2026-11-25T13:00:00+00:00"), ((bool)quiet["allowed"]!, (string?)quiet["opensAt"]));
        Assert.Contains("22:30 in America/New_York", (string?)quiet["reason"], StringComparison.Ordinal);
        Assert.Equal(12, night["gates"]!.AsArray().Count);
        Assert.Single(night["gates"]!.AsArray(), gate => !(bool)gate!["allowed"]!);
    }

    [Fact]
    public async Task Without_a_time_the_answer_is_about_now()
    {
        // It is 12:00 UTC.
        Assert.False((bool)(await CheckAsync(new { to = "+12125550115", channel = "sms" }))["allowed"]!);
        Assert.True((bool)(await CheckAsync(new { to = "+442079460018", channel = "voice" }))["allowed"]!);
    }

    [Theory]
    [InlineData("anonymous", "hidden_caller")]
    [InlineData("+266696687", "hidden_caller")]
    [InlineData("72404", "not_answerable")]
    [InlineData("sip:jack@example.com", "not_answerable")]
    [InlineData("messenger:123", "channel")]
    public async Task An_address_that_cannot_be_called_shuts_its_gate_but_all_gates_are_listed(string to, string gate)
    {
        var check = await CheckAsync(new { to, channel = "call", at = Noon });

        Assert.False((bool)check["allowed"]!);
        Assert.False((bool)Gate(check, gate)["allowed"]!);
        Assert.Equal(12, check["gates"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_lead_without_an_address_shuts_its_gate()
    {
        var conversation = PostCallDriver.NewConversation();
        await fixture.Instance.PostCall.Request(PostCallDriver.Transcription(conversation, "anonymous")).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();
        var leadId = await fixture.ReadAsync<Guid>("SELECT lead_id FROM conversations WHERE conversation_id = $1", conversation);

        Assert.False((bool)Gate(await CheckAsync(new { leadId, channel = "text", at = Noon }), "no_number")["allowed"]!);
    }

    [Fact]
    public async Task A_text_that_failed_for_good_shuts_texts_until_one_arrives()
    {
        var number = IncomingSmsDriver.NewNumber();
        var status = new SmsStatusDriver(fixture.Instance.Sms);
        await status.Status(IncomingSmsDriver.NewSid(), "undelivered", number, 30006).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();

        var gate = Gate(await CheckAsync(new { to = number, channel = "text", at = Noon }), "undeliverable");
        Assert.False((bool)gate["allowed"]!);
        Assert.Contains("landline", (string?)gate["reason"], StringComparison.Ordinal);
        Assert.True((bool)(await CheckAsync(new { to = number, channel = "call", at = Noon }))["allowed"]!);

        await status.Status(IncomingSmsDriver.NewSid(), "delivered", number).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();
        Assert.True((bool)(await CheckAsync(new { to = number, channel = "text", at = Noon }))["allowed"]!);
    }

    [Fact]
    public async Task A_call_that_goes_on_shuts_calls_until_it_ends()
    {
        var number = IncomingSmsDriver.NewNumber();
        var live = new ConversationEventsDriver(fixture.Time);
        await live.Started(number).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();
        Assert.False((bool)Gate(await CheckAsync(new { to = number, channel = "call", at = Noon }), "live_call")["allowed"]!);
        Assert.True((bool)(await CheckAsync(new { to = number, channel = "text", at = Noon }))["allowed"]!);

        await live.Ended(9).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();
        Assert.True((bool)(await CheckAsync(new { to = number, channel = "call", at = Noon }))["allowed"]!);
    }

    [Fact]
    public async Task Stored_sends_count_for_the_cap_and_the_spacing_and_other_decisions_do_not()
    {
        const string Afternoon = "2026-11-24T21:00:00Z";
        var number = IncomingSmsDriver.NewNumber();
        await fixture.Instance.Sms.Text("Hello", number).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();
        await using var api = fixture.Start(("Outbound:MaxTextsPerLeadAndDay", "2"), ("Outbound:TextSpacing", "00:10:00"));
        var at = DateTimeOffset.Parse(Afternoon, null);
        await DecideAsync(api, number, at.AddHours(-3), isSend: true);
        await DecideAsync(api, number, at.AddHours(-2), isSend: false);

        Assert.True((bool)(await CheckAsync(new { to = number, channel = "text", at = Afternoon }, api))["allowed"]!);
        Assert.Equal(
            "2026-11-24T18:10:00+00:00",
            (string?)Gate(await CheckAsync(new { to = number, channel = "text", at = at.AddHours(-3).AddMinutes(1) }, api), "spacing")["opensAt"]);

        await DecideAsync(api, number, at.AddHours(-1), isSend: true);
        var capped = Gate(await CheckAsync(new { to = number, channel = "text", at = Afternoon }, api), "lead_cap");
        Assert.Equal((false, "2026-11-25T18:00:00+00:00"), ((bool)capped["allowed"]!, (string?)capped["opensAt"]));
        Assert.True((bool)(await CheckAsync(new { to = number, channel = "call", at = Afternoon }, api))["allowed"]!);

        var stored = JsonNode.Parse(await fixture.ReadAsync<string>(
            "SELECT to_jsonb(d)::text FROM outbound_decisions AS d WHERE address = $1 ORDER BY decided_at LIMIT 1", number))!;
        Assert.Equal(("text", true, true, "1"), ((string?)stored["channel"], (bool)stored["is_send"]!, (bool)stored["allowed"]!, (string?)stored["version"]));
        Assert.Equal(12, stored["gates"]!.AsArray().Count);
        Assert.NotEmpty(stored["facts"]!["zones"]!.AsArray());
    }

    [Fact]
    public async Task The_switch_shuts_everything()
    {
        await using var api = fixture.Start(("Outbound:Enabled", "false"));

        Assert.False((bool)Gate(await CheckAsync(new { to = "+12125550115", channel = "text", at = Noon }, api), "switched_off")["allowed"]!);
    }

    [Fact]
    public async Task The_leads_of_a_filter_are_checked_page_by_page()
    {
        var numbers = Enumerable.Range(0, 3).Select(_ => IncomingSmsDriver.NewNumber()).ToList();
        foreach (var number in numbers)
        {
            await fixture.Instance.Sms.Text(number == numbers[1] ? "STOP" : "Hello", number).DeliverAsync(fixture.Instance.Client);
        }

        await fixture.Instance.DrainAsync();
        var ids = await fixture.ListAsync<Guid>("SELECT id FROM leads WHERE phone = ANY ($1) ORDER BY id DESC", numbers);

        var first = await PostAsync("/api/outbound/check-all", new { channel = "text", at = Noon, leadIds = ids, limit = 2 });
        var second = await PostAsync("/api/outbound/check-all", new { channel = "text", at = Noon, leadIds = ids, limit = 2, after = (string?)first["next"] });

        var items = first["items"]!.AsArray().Concat(second["items"]!.AsArray()).ToList();
        Assert.Equal(ids, items.Select(item => (Guid)item!["leadId"]!));
        Assert.Null(second["next"]);
        Assert.Equal(2, (int)first["allowed"]! + (int)second["allowed"]!);
        Assert.All(items, item => Assert.Equal((string?)item!["to"] != numbers[1], (bool)item["allowed"]!));
        Assert.All(items, item => Assert.Equal(12, item!["gates"]!.AsArray().Count));
        Assert.Empty((await PostAsync("/api/outbound/check-all", new { channel = "call", createdFrom = "2040-01-01T00:00:00Z" }))["items"]!.AsArray());
    }

    [Theory]
    [InlineData("check", "channel", """{"to": "+12125550115"}""")]
    [InlineData("check", "channel", """{"to": "+12125550115", "channel": "mail"}""")]
    [InlineData("check", "to", """{"to": "12", "channel": "text"}""")]
    [InlineData("check", "at", """{"to": "+12125550115", "channel": "text", "at": "tomorrow"}""")]
    [InlineData("check", "leadId", """{"channel": "text"}""")]
    [InlineData("check", "to", """{"to": "+12125550115", "leadId": "01936a5e-7c41-7d3e-9a05-3f0c1b6d2e48", "channel": "text"}""")]
    [InlineData("check", "when", """{"to": "+12125550115", "channel": "text", "when": 1}""")]
    [InlineData("check", "body", "[]")]
    [InlineData("check-all", "limit", """{"channel": "text", "limit": 0}""")]
    [InlineData("check-all", "leadIds", """{"channel": "text", "leadIds": ["x"]}""")]
    [InlineData("check-all", "to", """{"channel": "text", "to": "+12125550115"}""")]
    public async Task A_wrong_question_names_its_field(string route, string field, string body)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await fixture.Instance.Client.PostAsync(new Uri($"/api/outbound/{route}", UriKind.Relative), content, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await Problem.AssertAsync(answer))["errors"]![field]);
    }

    [Fact]
    public async Task An_unknown_lead_is_not_found()
    {
        using var answer = await fixture.Instance.Client.PostAsJsonAsync(
            new Uri("/api/outbound/check", UriKind.Relative), new { leadId = Guid.NewGuid(), channel = "text" }, Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        await Problem.AssertAsync(answer, "urn:jack-automotive:problem:no-such-lead");
    }

    private static async Task DecideAsync(WebhookApiInstance api, string number, DateTimeOffset at, bool isSend)
    {
        var gates = api.Services.GetRequiredService<OutboundGates>();
        Assert.True(ChannelAddress.TryParse(number, out var address));
        await using var work = await api.Services.GetRequiredService<UnitOfWorkFactory>().BeginAsync(null, Cancellation);
        var decision = await gates.DecideAsync(work.CreateCommand, null, address, OutboundChannel.Text, at, GateOverrides.None, Cancellation);
        await api.Services.GetRequiredService<OutboundDecisionStore>().AddAsync(work, null, isSend, null, address, decision, Cancellation);
        await work.CommitAsync(Cancellation);
    }

    private Task<JsonNode> CheckAsync(object question, WebhookApiInstance? api = null) => PostAsync("/api/outbound/check", question, api);

    private async Task<JsonNode> PostAsync(string path, object question, WebhookApiInstance? api = null)
    {
        using var answer = await (api ?? fixture.Instance).Client.PostAsJsonAsync(new Uri(path, UriKind.Relative), question, Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;
    }

    private static JsonNode Gate(JsonNode check, string name) => check["gates"]!.AsArray().Single(gate => (string?)gate!["gate"] == name)!;
}
