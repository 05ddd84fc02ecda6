using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.Tests.Timeline;
using JackAutomotive.WebhookApi.Staff;

namespace JackAutomotive.Tests.Staff;

/// <summary>Our staff, whose numbers are never a lead's.</summary>
public sealed class StaffTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private readonly LeadDriver _leads = new(fixture);

    [Fact]
    public async Task A_member_is_added_changed_and_listed_in_alphabetical_order()
    {
        var zoe = await AddAsync(new JsonObject { ["name"] = "Zoë", ["email"] = "zoe@dealer.example", ["phone"] = "(202) 555-0188" });
        var abe = await AddAsync(new JsonObject { ["name"] = "Abe" });

        var changed = await _leads.SendAsync(
            HttpMethod.Patch, $"/api/staff/{zoe["id"]}", new JsonObject { ["email"] = null, ["active"] = false });

        Assert.Equal(("+12025550188", "zoe@dealer.example"), ((string?)zoe["phone"], (string?)zoe["email"]));
        Assert.Equal((null, false), ((string?)changed["email"], (bool)changed["isActive"]!));
        Assert.Equal(changed.ToJsonString(), (await _leads.GetAsync($"/api/staff/{zoe["id"]}")).ToJsonString());
        Assert.Equal([(string?)abe["id"], (string?)zoe["id"]], await ListAsync(""));
        Assert.Equal([(string?)zoe["id"]], await ListAsync("active=false"));
    }

    [Fact]
    public async Task A_call_or_text_of_a_member_creates_no_lead()
    {
        var number = IncomingSmsDriver.NewNumber();
        await AddAsync(new JsonObject { ["name"] = "Ann", ["phone"] = number });

        await _leads.DeliverAsync(
        [
            fixture.Instance.Sms.Text("On my way", number),
            .. new VoiceStatusDriver(fixture.Instance.Sms).Answered(VoiceStatusDriver.NewSid(), number),
        ]);

        Assert.Equal(0, await fixture.CountAsync("lead_addresses WHERE address = $1", number));
        Assert.Equal(0, await fixture.CountAsync("leads WHERE phone = $1", number));
    }

    [Fact]
    public async Task Another_instance_knows_a_new_number_after_its_interval()
    {
        await using var other = fixture.Start(("Inbox:ProcessDeliveries", "true"));
        var (number, sid) = (IncomingSmsDriver.NewNumber(), IncomingSmsDriver.NewSid());
        await AddAsync(new JsonObject { ["name"] = "Ann", ["phone"] = number });

        fixture.Time.Advance(StaffNumbers.Interval);
        var numbers = (StaffNumbers)other.Services.GetService(typeof(StaffNumbers))!;
        await Wait.UntilAsync(() => numbers.Contains(number), "the numbers of the staff");
        await other.Sms.Text("On my way", number, sid).DeliverAsync(other.Client);
        await Wait.UntilAsync(async () => await fixture.CountAsync("messages WHERE message_sid = $1", sid) == 1, "the text");

        Assert.Equal(0, await fixture.CountAsync("leads WHERE phone = $1", number));
    }

    [Fact]
    public async Task The_number_of_a_lead_or_of_another_member_is_refused()
    {
        var number = IncomingSmsDriver.NewNumber();
        var lead = await _leads.TextAsync(number);
        var taken = IncomingSmsDriver.NewNumber();
        await AddAsync(new JsonObject { ["name"] = "Ann", ["phone"] = taken });
        var ben = await AddAsync(new JsonObject { ["name"] = "Ben" });

        var leads = await _leads.RefuseAsync(
            HttpMethod.Post, "/api/staff", HttpStatusCode.Conflict, new JsonObject { ["name"] = "Cleo", ["phone"] = number });
        var others = await _leads.RefuseAsync(
            HttpMethod.Patch, $"/api/staff/{ben["id"]}", HttpStatusCode.Conflict, new JsonObject { ["phone"] = taken });

        Assert.Equal((lead, null), ((Guid)leads["leadId"]!, (string?)others["leadId"]));
    }

    [Theory]
    [InlineData("name", """{"email": "ann@dealer.example"}""")]
    [InlineData("name", """{"name": " "}""")]
    [InlineData("email", """{"name": "Ann", "email": "ann"}""")]
    [InlineData("phone", """{"name": "Ann", "phone": "anonymous"}""")]
    [InlineData("active", """{"name": "Ann", "active": 1}""")]
    [InlineData("nick", """{"name": "Ann", "nick": "A"}""")]
    [InlineData("body", "{}")]
    public async Task A_wrong_member_names_its_field(string field, string body)
    {
        var problem = await _leads.RefuseAsync(HttpMethod.Post, "/api/staff", HttpStatusCode.BadRequest, JsonNode.Parse(body));

        Assert.Equal([field], problem["errors"]!.AsObject().Select(error => error.Key));
    }

    [Fact]
    public async Task An_unknown_member_is_not_found()
    {
        await _leads.RefuseAsync(HttpMethod.Get, "/api/staff/nonsense", HttpStatusCode.NotFound);
        await _leads.RefuseAsync(HttpMethod.Patch, $"/api/staff/{Guid.NewGuid()}", HttpStatusCode.NotFound, new JsonObject { ["active"] = true });
    }

    private Task<JsonNode> AddAsync(JsonObject member) => _leads.SendAsync(HttpMethod.Post, "/api/staff", member, HttpStatusCode.Created);

    private async Task<List<string?>> ListAsync(string query)
    {
        var ids = new List<string?>();
        var place = "";
        do
        {
            var page = await _leads.GetAsync($"/api/staff?limit=1&{query}{place}");
            ids.AddRange(page["items"]!.AsArray().Where(member => (string?)member!["name"] is "Zoë" or "Abe").Select(member => (string?)member!["id"]));
            place = page["next"] is { } next ? $"&after={next}" : "";
        }
        while (place.Length > 0);
        return ids;
    }
}
