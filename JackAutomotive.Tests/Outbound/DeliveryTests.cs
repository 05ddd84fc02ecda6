using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Outbound;

/// <summary>What follows from the status callbacks of texts, from refusals and from the gates.</summary>
public sealed class DeliveryTests(Servers servers) : OutboundTest(servers)
{
    private protected override (string Name, string? Value)[] Settings => [("Outbound:CallInsteadOfText", "true")];

    [Fact]
    public async Task A_delivered_text_is_done_and_stays_done()
    {
        var (id, sid) = await SendAsync();
        await Driver.DeliverStatusAsync(sid, "delivered");
        await Driver.DeliverStatusAsync(sid, "sent");
        await Driver.DeliverStatusAsync(sid, "undelivered", 30003);

        Assert.Equal("done", await Driver.StateAsync(id));
    }

    [Fact]
    public async Task A_phone_that_is_off_gets_the_text_again_hours_later_and_once_only()
    {
        var (id, sid) = await SendAsync();
        await Driver.DeliverStatusAsync(sid, "undelivered", 30003);
        var job = await Driver.GetAsync(id);
        Assert.Equal(("queued", "30003"), ((string?)job["state"], (string?)job["attempts"]![0]!["errorCode"]));
        Assert.Equal(Fixture.Time.GetUtcNow().AddHours(4), (DateTimeOffset)job["dueAt"]!);

        Fixture.Time.Advance(TimeSpan.FromHours(4));
        await Api.SendAsync();
        Assert.Equal(2, Providers.Texts.Count);
        await Driver.DeliverStatusAsync(Providers.Texts[1].Id, "undelivered", 30003);
        Assert.Equal("failed", await Driver.StateAsync(id));
    }

    [Fact]
    public async Task A_delivery_that_is_reported_late_ends_the_wait_for_another_attempt()
    {
        var (id, sid) = await SendAsync();
        await Driver.DeliverStatusAsync(sid, "undelivered", 30003);
        await Driver.DeliverStatusAsync(sid, "delivered");

        Assert.Equal("done", await Driver.StateAsync(id));
        Fixture.Time.Advance(TimeSpan.FromHours(5));
        await Api.SendAsync();
        Assert.Single(Providers.Texts);
    }

    [Fact]
    public async Task An_error_that_comes_after_its_status_still_decides()
    {
        var (id, sid) = await SendAsync();
        await Driver.DeliverStatusAsync(sid, "undelivered");
        Assert.Equal("failed", await Driver.StateAsync(id));
        await Driver.DeliverStatusAsync(sid, "undelivered", 30003);

        Assert.Equal("queued", await Driver.StateAsync(id));
    }

    [Fact]
    public async Task A_landline_is_called_instead()
    {
        Providers.Refusal = (400, 21614);
        var id = await Driver.TextAsync();
        await Api.SendAsync();
        var job = await Driver.GetAsync(id);
        Assert.Equal(("failed", "21614"), ((string?)job["state"], (string?)job["attempts"]![0]!["errorCode"]));

        Assert.Equal(Driver.Number, Assert.Single(Providers.Calls).To);
        Assert.Empty(Providers.Texts);
    }

    [Fact]
    public async Task Wrong_credentials_hold_the_texts_back_and_raise_an_alert()
    {
        Providers.Refusal = (401, 20003);
        var id = await Driver.TextAsync();
        await Api.SendAsync();
        Assert.Equal("queued", await Driver.StateAsync(id));
        await Wait.UntilAsync(async () => await Fixture.CountAsync("alerts WHERE kind = 'carrier_block' AND cleared_at IS NULL") == 1, "the alert");

        Providers.Refusal = null;
        await SendUntilAsync(id, "sent", TimeSpan.FromSeconds(5));
        Assert.Single(Providers.Texts);
    }

    [Fact]
    public async Task A_lead_that_texts_STOP_gets_nothing_that_is_queued_and_nothing_new()
    {
        var id = await Driver.TextAsync();
        var call = await Driver.CallAsync();
        await Api.Sms.Text("STOP", Driver.Number).DeliverAsync(Api.Client);
        await Api.DrainAsync();
        Assert.Equal(("withdrawn", "withdrawn"), (await Driver.StateAsync(id), await Driver.StateAsync(call)));
        await Api.SendAsync();
        using var refused = await Driver.PostTextAsync(new JsonObject { ["to"] = Driver.Number, ["body"] = "x" });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Equal("opted_out", (string?)(await Problem.AssertAsync(refused, "urn:jack-automotive:problem:gate-shut"))["gate"]);
        Assert.Empty(Providers.Texts);
        Assert.Empty(Providers.Calls);
    }

    [Fact]
    public async Task A_refusal_because_of_an_opt_out_at_Twilio_is_an_opt_out()
    {
        Providers.Refusal = (400, 21610);
        var id = await Driver.TextAsync();
        await Api.SendAsync();
        Assert.Equal("failed", await Driver.StateAsync(id));
        using var refused = await Driver.PostTextAsync(new JsonObject { ["to"] = Driver.Number, ["body"] = "x" });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Equal("opted_out", (string?)(await Problem.AssertAsync(refused))["gate"]);
    }

    [Fact]
    public async Task At_night_a_text_is_refused_with_the_time_at_which_the_gate_opens()
    {
        Fixture.Time.Advance(TimeSpan.FromHours(11));
        using var refused = await Driver.PostTextAsync(new JsonObject { ["to"] = Driver.Number, ["body"] = "x" });

        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        var problem = await Problem.AssertAsync(refused, "urn:jack-automotive:problem:gate-shut");
        Assert.Equal(
            ("quiet_hours", new DateTimeOffset(2026, 11, 24, 13, 0, 0, TimeSpan.Zero)), ((string?)problem["gate"], (DateTimeOffset)problem["opensAt"]!));
        Assert.Equal(0, await Fixture.CountAsync("leads"));
    }

    [Fact]
    public async Task A_text_that_would_go_out_at_night_is_held_until_the_morning()
    {
        var id = await Driver.TextAsync();
        Fixture.Time.Advance(TimeSpan.FromHours(11));
        await Api.SendAsync();
        var job = await Driver.GetAsync(id);
        Assert.Equal(("held", "quiet_hours"), ((string?)job["state"], (string?)job["gate"]));
        Assert.Equal(new DateTimeOffset(2026, 11, 24, 13, 0, 0, TimeSpan.Zero), (DateTimeOffset)job["dueAt"]!);
        Assert.Empty(Providers.Texts);

        await SendUntilAsync(id, "sent", TimeSpan.FromHours(1));
        Assert.Equal(13, Fixture.Time.GetUtcNow().Hour);
        Assert.Single(Providers.Texts);
    }

    private async Task<(Guid Id, string Sid)> SendAsync()
    {
        var id = await Driver.TextAsync();
        await Api.SendAsync();
        return (id, Assert.Single(Providers.Texts).Id);
    }
}
