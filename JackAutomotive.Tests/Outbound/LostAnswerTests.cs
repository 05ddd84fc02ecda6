using System.Text.Json.Nodes;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Outbound;

/// <summary>Requests to Twilio that fail, and answers that are lost: nothing is sent twice, and nothing is forgotten.</summary>
public sealed class LostAnswerTests(Servers servers) : OutboundTest(servers)
{
    [Theory]
    [InlineData((int)ProviderFault.DropAfter)]
    [InlineData((int)ProviderFault.ErrorAfter)]
    public async Task A_text_whose_answer_is_lost_is_found_at_Twilio_and_not_sent_again(int fault)
    {
        Providers.Fail((ProviderFault)fault);
        var id = await Driver.TextAsync();
        await Api.SendAsync();
        Assert.Equal("unknown", await Driver.StateAsync(id));
        await SendUntilAsync(id, "sent", TimeSpan.FromSeconds(1));

        var attempt = Assert.Single((await Driver.GetAsync(id))["attempts"]!.AsArray())!;
        Assert.Equal(Assert.Single(Providers.Texts).Id, (string?)attempt["messageSid"]);
        Assert.Equal((1, 1), (Providers.Requests, (int)attempt["lookups"]!));
        Assert.Equal(["lead_created", "outbound_updated", "outbound_updated", "sms_sent"], await Driver.EventTypesAsync());
    }

    [Theory]
    [InlineData((int)ProviderFault.DropBefore)]
    [InlineData((int)ProviderFault.ErrorBefore)]
    public async Task A_text_of_which_Twilio_knows_nothing_is_sent_again_only_after_the_grace_time(int fault)
    {
        Providers.Fail((ProviderFault)fault);
        var id = await Driver.TextAsync();
        await Api.SendAsync();
        for (var i = 0; i < 11; i++)
        {
            Fixture.Time.Advance(TimeSpan.FromSeconds(10));
            await Api.SendAsync();
        }

        Assert.Equal((1, "unknown"), (Providers.Requests, await Driver.StateAsync(id)));
        await SendUntilAsync(id, "sent", TimeSpan.FromSeconds(5));
        Assert.Equal(2, Providers.Requests);
        Assert.Single(Providers.Texts);
        Assert.Equal(
            ["not_sent", "accepted"], (await Driver.GetAsync(id))["attempts"]!.AsArray().Select(attempt => (string?)attempt!["outcome"]));
    }

    [Fact]
    public async Task Without_an_answer_of_the_list_nothing_is_sent_again_however_long_it_takes()
    {
        Providers.Fail(ProviderFault.DropBefore);
        Providers.LookupsFail = true;
        var id = await Driver.TextAsync();
        for (var i = 0; i < 20; i++)
        {
            await Api.SendAsync();
            Fixture.Time.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.Equal((1, "unknown"), (Providers.Requests, await Driver.StateAsync(id)));
        Providers.LookupsFail = false;
        await SendUntilAsync(id, "sent", TimeSpan.FromMinutes(1));
        Assert.Single(Providers.Texts);
    }

    [Fact]
    public async Task Two_equal_texts_with_lost_answers_are_two_messages_at_Twilio()
    {
        Providers.Fail(ProviderFault.DropAfter, ProviderFault.DropAfter);
        var one = await Driver.TextAsync("Same words");
        Fixture.Time.Advance(TimeSpan.FromMilliseconds(1)); // The ids of one millisecond have no order.
        var two = await Driver.TextAsync("Same words");
        await SendUntilAsync(two, "sent", TimeSpan.FromSeconds(1));

        Assert.Equal(2, Providers.Texts.Count);
        string?[] sids = [await SidAsync(one), await SidAsync(two)];
        Assert.Equal(Providers.Texts.Select(text => text.Id), sids);
    }

    [Fact]
    public async Task An_attempt_that_a_dead_process_left_behind_is_looked_up()
    {
        var id = await Driver.TextAsync();
        await Api.SendAsync();
        var sid = Assert.Single(Providers.Texts).Id;
        await Fixture.ExecuteAsync($"""
            DELETE FROM messages;
            UPDATE outbound_jobs SET state = 'sending', due_at = updated_at + interval '45 seconds';
            UPDATE outbound_attempts SET outcome = NULL, ended_at = NULL, provider_id = NULL;
            """);
        await Api.SendAsync();
        Assert.Equal("sending", await Driver.StateAsync(id));
        await SendUntilAsync(id, "sent", TimeSpan.FromSeconds(5));

        Assert.Equal((1, sid), (Providers.Requests, await SidAsync(id)));
    }

    [Fact]
    public async Task A_busy_provider_is_left_alone_for_the_time_that_it_asks_for()
    {
        Providers.Fail(ProviderFault.Busy);
        var id = await Driver.TextAsync();
        await Api.SendAsync();
        await Api.SendAsync();
        Assert.Equal((1, "queued"), (Providers.Requests, await Driver.StateAsync(id)));
        Fixture.Time.Advance(TimeSpan.FromMilliseconds(900));
        await Api.SendAsync();
        Assert.Equal(1, Providers.Requests);
        await SendUntilAsync(id, "sent", TimeSpan.FromSeconds(1));
        Assert.Single(Providers.Texts);
    }

    [Fact]
    public async Task A_provider_that_cannot_be_reached_gets_the_text_later()
    {
        await using var api = Fixture.Start([.. Providers.Settings, ("TWILIO_API_BASE_URL", "http://127.0.0.1:9")]);
        var driver = new OutboundDriver(Fixture, api);
        var id = await driver.TextAsync();
        await api.SendAsync();
        var job = await driver.GetAsync(id);
        Assert.Equal(("queued", "not_sent"), ((string?)job["state"], (string?)job["attempts"]![0]!["outcome"]));

        await SendUntilAsync(id, "sent", TimeSpan.FromSeconds(5));
        Assert.Single(Providers.Texts);
    }

    [Fact]
    public async Task A_failing_provider_is_left_alone_until_the_breaker_closes()
    {
        await using var api = Fixture.Start([.. Providers.Settings, ("Outbound:BreakerMinimumRequests", "2"), ("Outbound:BreakerFailureRatio", "0.5")]);
        Providers.ChooseFault = () => ProviderFault.ErrorBefore;
        var drivers = Enumerable.Range(0, 6).Select(_ => new OutboundDriver(Fixture, api)).ToList();
        foreach (var driver in drivers)
        {
            await driver.TextAsync();
            await api.SendAsync();
        }

        Assert.Equal(2, Providers.Requests);
        Assert.Contains(api.Logs.Entries, entry => entry.Contains("twilio fails", StringComparison.Ordinal));
        Providers.ChooseFault = () => ProviderFault.None;
        await Wait.UntilAsync(
            async () =>
            {
                Fixture.Time.Advance(TimeSpan.FromSeconds(10));
                await api.SendAsync();
                return Providers.Texts.Count == 6;
            },
            "all texts");
        Assert.Equal(6, Providers.Texts.Select(text => text.To).Distinct().Count());
    }

    [Fact]
    public async Task The_texts_of_a_lead_go_out_in_order_also_when_the_first_is_unknown()
    {
        Providers.Fail(ProviderFault.DropBefore);
        await Driver.TextAsync("One");
        Fixture.Time.Advance(TimeSpan.FromMilliseconds(1)); // The ids of one millisecond have no order.
        var two = await Driver.TextAsync("Two");
        await SendUntilAsync(two, "sent", TimeSpan.FromSeconds(10));

        Assert.Equal(["One", "Two"], Providers.Texts.Select(text => text.Content));
    }

    [Fact]
    public async Task A_callback_before_the_answer_counts()
    {
        Providers.BeforeAnswer = async entry =>
        {
            Providers.BeforeAnswer = _ => Task.CompletedTask;
            await Driver.DeliverStatusAsync(entry.Id, "sent");
            await Driver.DeliverStatusAsync(entry.Id, "delivered");
        };
        var id = await Driver.TextAsync();
        await Api.SendAsync();

        var job = await Driver.GetAsync(id);
        Assert.Equal(("done", "delivered"), ((string?)job["state"], (string?)job["attempts"]![0]!["result"]));
        Assert.Equal("delivered", await Fixture.ReadAsync<string>("SELECT status FROM message_states"));
    }

    [Fact]
    public async Task The_rate_of_the_sender_counts_over_all_instances()
    {
        await using var one = Fixture.Start([.. Providers.Settings, ("Outbound:TextsPerSecond", "2")]);
        await using var two = Fixture.Start([.. Providers.Settings, ("Outbound:TextsPerSecond", "2")]);
        for (var i = 0; i < 10; i++)
        {
            await new OutboundDriver(Fixture, one).TextAsync();
        }

        for (var second = 1; second <= 5; second++)
        {
            await one.SendAsync();
            await two.SendAsync();
            Assert.Equal(2 * second, Providers.Texts.Count);
            Fixture.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private async Task<string?> SidAsync(Guid id) =>
        (string?)(await Driver.GetAsync(id))["attempts"]!.AsArray().OfType<JsonObject>().Last()["messageSid"];
}
