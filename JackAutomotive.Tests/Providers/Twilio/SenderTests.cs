using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Providers.Twilio;

/// <summary>Whose text it is: channel addresses, names, short codes, hidden senders and numbers that nobody can dial.</summary>
public class SenderTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private WebhookApiInstance Api => fixture.Instance;

    [Theory]
    [InlineData("whatsapp:{0}", "whatsapp")]
    [InlineData("WhatsApp:{0}", "whatsapp")]
    [InlineData("rcs:{0}", "rcs")]
    [InlineData("RCS:{0}", "rcs")]
    [InlineData("messenger:{0}", "messenger")]
    [InlineData(" {0} ", "sms")]
    public async Task A_text_belongs_to_the_lead_of_the_number_inside_its_sender_and_remembers_the_channel(string format, string channel)
    {
        var number = IncomingSmsDriver.NewNumber();
        var from = string.Format(null, format, number);
        await DeliverAsync(Api.Sms.Text("by SMS", number), Send(from, $"{channel}:{IncomingSmsDriver.OurNumber}", "STOP", ("OptOutType", "STOP")));

        Assert.Equal(["lead_created", "sms_received", "sms_received", "consent_changed"], await fixture.ReadEventTypesAsync(number));
        var lead = await GetLeadAsync($"phone={Uri.EscapeDataString(number)}");
        var message = lead["messages"]![1]!;
        Assert.Equal(
            (channel, number, IncomingSmsDriver.OurNumber, from.Trim(), "STOP", true),
            ((string?)message["channel"], (string?)message["from"], (string?)message["to"], (string?)message["sender"],
                (string?)message["optOutType"], (bool)message["canReply"]!));
        Assert.Equal(["phone"], lead["addresses"]!.AsArray().Select(address => (string?)address!["kind"]));
        Assert.Equal($"sms {channel}", await fixture.ReadAsync<string>(
            """
            SELECT string_agg(data->>'channel', ' ' ORDER BY seq) FROM lead_events JOIN leads ON leads.id = lead_id
            WHERE phone = $1 AND type = 'sms_received'
            """,
            number));
    }

    [Theory]
    [InlineData("messenger:24681012141618", "messenger", "24681012141618", true)]
    [InlineData("rcs:acme_agent_7", "rcs", "acme_agent_7", true)]
    [InlineData("whatsapp:US.13491208655302741918", "whatsapp", "US.13491208655302741918", true)]
    [InlineData("AMAZON", "sender", "AMAZON", false)]
    [InlineData("Acme Motors", "sender", "ACME MOTORS", false)]
    [InlineData("72404", "sender", "72404", false)]
    [InlineData("+30303", "sender", "30303", false)]
    public async Task A_sender_without_a_number_is_one_lead_with_that_address(string from, string kind, string address, bool canReceive)
    {
        var (one, two) = (IncomingSmsDriver.NewSid(), IncomingSmsDriver.NewSid());
        await DeliverAsync(Api.Sms.Text("one", from, one), Api.Sms.Text("two", from.Replace("AMA", "Ama", StringComparison.Ordinal), two));

        var lead = await GetLeadAsync($"address={Uri.EscapeDataString(from)}");
        Assert.Null((string?)lead["phone"]);
        var known = Assert.Single(lead["addresses"]!.AsArray())!;
        Assert.Equal((kind, address, canReceive), ((string?)known["kind"], (string?)known["address"], (bool)known["canReceive"]!));
        Assert.Equal(["one", "two"], lead["messages"]!.AsArray().Select(message => (string?)message!["body"]));
        Assert.All(lead["messages"]!.AsArray(), message => Assert.Equal(canReceive, (bool)message!["canReply"]!));
        Assert.Equal(3, (long)lead["lastSeq"]!);
        Assert.Equal([$"sms:{two}", $"sms:{one}"], await SearchDeliveriesAsync(from));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("anonymous")]
    [InlineData("Restricted")]
    [InlineData("266696687")]
    [InlineData("+266696687")]
    [InlineData("7378742833")]
    [InlineData("+17378742833")]
    [InlineData("whatsapp:anonymous")]
    [InlineData("+12025550")]
    [InlineData("5550115")]
    [InlineData("+1202555011512")]
    [InlineData("+9991234567")]
    [InlineData("+1202555012x")]
    [InlineData("+")]
    public async Task A_text_from_nobody_is_stored_and_found_by_its_sender_and_belongs_to_no_lead(string from)
    {
        var leads = await fixture.CountAsync("leads");
        var sid = IncomingSmsDriver.NewSid();

        await DeliverAsync(Api.Sms.Text("Hello?", from, sid));

        Assert.Equal("done", await fixture.ReadAsync<string>("SELECT state FROM inbox WHERE dedup_key = $1", $"sms:{sid}"));
        Assert.Equal("Hello? false", await fixture.ReadAsync<string>(
            "SELECT body || ' ' || can_reply FROM messages WHERE message_sid = $1 AND lead_id IS NULL", sid));
        Assert.Equal(leads, await fixture.CountAsync("leads"));
        if (from.Trim().Length > 0)
        {
            Assert.Contains($"sms:{sid}", await SearchDeliveriesAsync(from));
        }
    }

    [Theory]
    [InlineData("+525512340101", "+5215512340101")]
    [InlineData("whatsapp:+5215512340102", "+525512340102")]
    [InlineData("+5511987650101", "whatsapp:+551187650101")]
    [InlineData("whatsapp:+558587650102", "+5585987650102")]
    [InlineData("+5491123450101", "+541123450101")]
    public async Task One_mobile_in_two_spellings_is_one_lead_and_an_answer_goes_to_the_spelling_of_the_text(string one, string other)
    {
        await DeliverAsync(Api.Sms.Text("one", one), Api.Sms.Text("two", other));

        var lead = await GetLeadAsync($"address={Uri.EscapeDataString(other)}");
        Assert.Equal([one, other], lead["messages"]!.AsArray().Select(message => (string?)message!["sender"]));
        Assert.Single(lead["addresses"]!.AsArray());
    }

    [Fact]
    public async Task The_number_that_WhatsApp_knows_joins_the_id_to_the_lead_of_the_number()
    {
        var number = IncomingSmsDriver.NewNumber();
        var id = $"whatsapp:US.{Guid.NewGuid():N}";
        await DeliverAsync(
            Api.Sms.Text("by SMS", number),
            Send(id, $"whatsapp:{IncomingSmsDriver.OurNumber}", "with the number", ("WaId", number[1..])),
            Send(id, $"whatsapp:{IncomingSmsDriver.OurNumber}", "without the number"));

        var lead = await GetLeadAsync($"address={Uri.EscapeDataString(id)}");
        Assert.Equal(number, (string?)lead["phone"]);
        Assert.Equal(
            ["by SMS", "with the number", "without the number"], lead["messages"]!.AsArray().Select(message => (string?)message!["body"]));
        Assert.Equal(["phone", "whatsapp"], lead["addresses"]!.AsArray().Select(address => (string?)address!["kind"]).Order());
    }

    [Fact]
    public async Task Our_own_number_matches_with_any_channel_prefix_and_other_numbers_stay_unroutable()
    {
        await using var api = fixture.Start(("TWILIO_PHONE_NUMBER", IncomingSmsDriver.OurNumber));
        string[] ours = [$"whatsapp:{IncomingSmsDriver.OurNumber}", $"RCS:{IncomingSmsDriver.OurNumber}", "rcs:our_agent", "messenger:9988"];
        foreach (var to in ours)
        {
            var from = IncomingSmsDriver.NewNumber();
            await Send($"whatsapp:{from}", to, "Hello", api: api).DeliverAsync(api.Client);
            await api.DrainAsync();
            Assert.Equal(["lead_created", "sms_received"], await fixture.ReadEventTypesAsync(from));
        }

        await Send($"whatsapp:{IncomingSmsDriver.NewNumber()}", "whatsapp:+12025550177", "Hello", api: api).DeliverAsync(api.Client);
        await api.DrainAsync();
        Assert.Equal("To (+…77) is none of the numbers in TWILIO_PHONE_NUMBER", await fixture.ReadAsync<string>(
            "SELECT reason FROM inbox ORDER BY id DESC LIMIT 1"));
    }

    [Fact]
    public async Task A_text_from_our_own_number_or_from_staff_creates_no_lead()
    {
        await using var api = fixture.Start(
            ("TWILIO_PHONE_NUMBER", $"{IncomingSmsDriver.OurNumber},+12025550188"), ("STAFF_PHONE_NUMBERS", "(202) 555-0166"));
        var leads = await fixture.CountAsync("leads");
        foreach (var from in new[] { "+12025550188", "whatsapp:+12025550188", "+12025550166" })
        {
            await api.Sms.Text("Hello", from).DeliverAsync(api.Client);
        }

        await api.DrainAsync();
        Assert.Equal(leads, await fixture.CountAsync("leads"));
        Assert.Equal(3, api.ReadCounter("identity.unidentified"));
    }

    [Fact]
    public async Task The_signature_covers_the_address_with_its_prefix()
    {
        var request = Send($"whatsapp:{IncomingSmsDriver.NewNumber()}", $"whatsapp:{IncomingSmsDriver.OurNumber}", "Hello");
        var stripped = System.Text.Encoding.ASCII.GetString(request.Body).Replace("whatsapp%3A", "", StringComparison.Ordinal);

        using var answer = await request.WithBody(System.Text.Encoding.ASCII.GetBytes(stripped)).SendAsync(Api.Client);

        Assert.Equal(System.Net.HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task The_status_of_an_answer_by_WhatsApp_belongs_to_the_lead_of_the_number()
    {
        var number = IncomingSmsDriver.NewNumber();
        await DeliverAsync(
            Api.Sms.Text(from: number), new SmsStatusDriver(Api.Sms).Status(IncomingSmsDriver.NewSid(), "delivered", $"whatsapp:{number}"));

        Assert.Equal(["lead_created", "sms_received", "message_status"], await fixture.ReadEventTypesAsync(number));
    }

    private SignedRequest Send(
        string from, string to, string body, params (string Name, string Value)[] more) => Send(from, to, body, Api, more);

    private static SignedRequest Send(string from, string to, string body, WebhookApiInstance api, params (string Name, string Value)[] more) =>
        api.Sms.Fields([("MessageSid", IncomingSmsDriver.NewSid()), ("From", from), ("To", to), ("Body", body), ("NumMedia", "0"), .. more]);

    private async Task DeliverAsync(params SignedRequest[] requests)
    {
        foreach (var request in requests)
        {
            await request.DeliverAsync(Api.Client);
            await Api.DrainAsync();
            fixture.Time.Advance(TimeSpan.FromMilliseconds(1));
        }
    }

    private async Task<JsonNode> GetLeadAsync(string query)
    {
        var page = (await Api.Client.GetFromJsonAsync<JsonNode>($"/api/leads?{query}", TestContext.Current.CancellationToken))!;
        var item = Assert.Single(page["items"]!.AsArray())!;
        return (await Api.Client.GetFromJsonAsync<JsonNode>($"/api/leads/{item["id"]}", TestContext.Current.CancellationToken))!;
    }

    private async Task<List<string>> SearchDeliveriesAsync(string sender)
    {
        var path = $"/api/deliveries?sender={Uri.EscapeDataString(sender)}";
        var page = (await Api.Client.GetFromJsonAsync<JsonNode>(path, TestContext.Current.CancellationToken))!;
        return [.. page["items"]!.AsArray().Select(item => (string)item!["key"]!)];
    }
}
