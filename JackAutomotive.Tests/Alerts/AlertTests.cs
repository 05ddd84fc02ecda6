using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using JackAutomotive.WebhookApi.Alerts;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace JackAutomotive.Tests.Alerts;

/// <summary>Things that need a person, from their beginning to their end.</summary>
public sealed class AlertTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private readonly AlertStore _alerts = fixture.Instance.Services.GetRequiredService<AlertStore>();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_alert_is_raised_once_and_may_come_again_after_it_is_cleared()
    {
        var subject = $"{Guid.NewGuid()}";
        var raisedBefore = fixture.Instance.ReadCounter("alerts.raised", $"kind={AlertKinds.BreakerOpen}");

        Assert.True(await _alerts.RaiseAsync(AlertKinds.BreakerOpen, subject, "Twilio fails.", Cancellation));
        Assert.False(await _alerts.RaiseAsync(AlertKinds.BreakerOpen, subject, "Twilio still fails.", Cancellation));
        Assert.Equal("Twilio still fails.", (string?)Assert.Single(await ListAsync(subject))["detail"]);
        Assert.True(await _alerts.ClearAsync(AlertKinds.BreakerOpen, subject, Cancellation));
        Assert.False(await _alerts.ClearAsync(AlertKinds.BreakerOpen, subject, Cancellation));
        Assert.Empty(await ListAsync(subject));
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await _alerts.RaiseAsync(AlertKinds.BreakerOpen, subject, "Twilio fails.", Cancellation));

        Assert.Single(await ListAsync(subject));
        Assert.Equal([true, false], (await ListAsync(subject, "?all=true")).Select(alert => alert["clearedAt"] is null));
        Assert.Equal(raisedBefore + 2, fixture.Instance.ReadCounter("alerts.raised", $"kind={AlertKinds.BreakerOpen}"));
    }

    [Fact]
    public async Task Concurrent_reports_of_two_instances_raise_one_alert()
    {
        await using var other = fixture.Start();
        var stores = new[] { _alerts, other.Services.GetRequiredService<AlertStore>() };
        var subject = $"{Guid.NewGuid()}";

        var raised = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            stores[i % 2].RaiseAsync(AlertKinds.CarrierBlock, subject, "Blocked.", Cancellation)));

        Assert.Single(raised, isNew => isNew);
        Assert.Single(await ListAsync(subject));
    }

    [Fact]
    public async Task A_person_acknowledges_an_alert_which_stays_open()
    {
        var subject = $"{Guid.NewGuid()}";
        await _alerts.RaiseAsync(AlertKinds.BreakerOpen, subject, "Twilio fails.", Cancellation);
        var path = $"/api/alerts/{(string?)Assert.Single(await ListAsync(subject))["id"]}/acknowledge";

        using var first = await fixture.Instance.Client.PostAsync(new Uri(path, UriKind.Relative), null, Cancellation);
        using var second = await fixture.Instance.Client.PostAsync(new Uri(path, UriKind.Relative), null, Cancellation);

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(await first.Content.ReadAsStringAsync(Cancellation), await second.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("JACK_API_KEY", (string?)Assert.Single(await ListAsync(subject))["acknowledgedBy"]);

        using var unknown = await fixture.Instance.Client.PostAsync(
            new Uri($"/api/alerts/{Guid.NewGuid()}/acknowledge", UriKind.Relative), null, Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        await Problem.AssertAsync(unknown, "urn:jack-automotive:problem:no-such-alert");
    }

    [Fact]
    public async Task Parked_deliveries_raise_an_alert_until_none_is_left()
    {
        await fixture.Instance.PostCall.Request("{\"type\": 1").DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();
        await CheckAsync();
        await CheckAsync();

        var alert = Assert.Single(await ListAsync("elevenlabs.post-call", $"?kind={AlertKinds.DeadLetters}"));
        Assert.Contains("1 deliveries are parked", (string?)alert["detail"], StringComparison.Ordinal);

        await fixture.ExecuteAsync("UPDATE inbox SET state = 'done', parked_as = NULL WHERE state = 'parked'");
        await CheckAsync();
        Assert.Empty(await ListAsync("elevenlabs.post-call", $"?kind={AlertKinds.DeadLetters}"));
    }

    [Fact]
    public async Task Deliveries_that_wait_for_too_long_raise_an_alert_until_they_are_handled()
    {
        await fixture.Instance.Sms.Text().DeliverAsync(fixture.Instance.Client);
        fixture.Time.Advance(TimeSpan.FromMinutes(6));
        await CheckAsync();
        Assert.Single(await ListAsync("twilio.sms-incoming", $"?kind={AlertKinds.BacklogStale}"));

        await fixture.Instance.DrainAsync();
        await CheckAsync();
        Assert.Empty(await ListAsync("twilio.sms-incoming", $"?kind={AlertKinds.BacklogStale}"));
    }

    [Fact]
    public async Task A_missing_secret_is_an_alert_of_its_instance_and_ends_with_the_instance()
    {
        const string Setting = "ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET";
        await using (var api = fixture.Start((Setting, null)))
        {
            await api.Services.GetRequiredService<AlertMonitor>().CheckAsync(Cancellation);
        }

        await CheckAsync();
        var alert = Assert.Single(await ListAsync(Setting));
        Assert.NotNull(alert["instance"]);

        fixture.Time.Advance(TimeSpan.FromMinutes(4));
        await CheckAsync();
        Assert.Empty(await ListAsync(Setting));
    }

    [Fact]
    public async Task A_loop_that_does_not_work_and_a_file_in_the_spool_are_alerts_of_their_instance()
    {
        await using var api = fixture.Start(("JACK_DATA_FOLDER", Directory.CreateTempSubdirectory("jack-test-").FullName));
        var monitor = api.Services.GetRequiredService<AlertMonitor>();
        await monitor.CheckAsync(Cancellation);
        Assert.Empty(await ListOfInstanceAsync(monitor.Instance));

        var loop = api.Services.GetRequiredService<BackgroundLoops>().Create("a test");
        loop.Begin();
        loop.End(isIntended: false);
        var spool = Directory.CreateDirectory(api.Services.GetRequiredService<DataFolders>().Spool);
        var file = Path.Combine(spool.FullName, "what is this");
        await File.WriteAllTextAsync(file, "", Cancellation);
        await monitor.CheckAsync(Cancellation);
        var alerts = await ListOfInstanceAsync(monitor.Instance);
        Assert.Equal([AlertKinds.LoopFailing, AlertKinds.Spool], alerts.Select(alert => (string)alert["kind"]!).Order());
        Assert.Contains(alerts, alert => ((string)alert["detail"]!).Contains("'a test' has ended", StringComparison.Ordinal));

        File.Delete(file);
        loop.End(isIntended: true);
        await monitor.CheckAsync(Cancellation);
        Assert.Empty(await ListOfInstanceAsync(monitor.Instance));
    }

    [Fact]
    public async Task A_conflict_is_an_alert_until_it_has_been_quiet_for_a_while()
    {
        var (number, sid) = (IncomingSmsDriver.NewNumber(), IncomingSmsDriver.NewSid());
        await fixture.Instance.Sms.Text("one", number, sid).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.Sms.Text("two", number, sid).DeliverAsync(fixture.Instance.Client);
        await Wait.UntilAsync(
            async () =>
            {
                await CheckAsync();
                return (await ListAsync("twilio.sms-incoming", $"?kind={AlertKinds.Conflicts}")).Count == 1;
            },
            "the alert about the conflict");

        fixture.Time.Advance(TimeSpan.FromMinutes(16));
        await CheckAsync();
        Assert.Empty(await ListAsync("twilio.sms-incoming", $"?kind={AlertKinds.Conflicts}"));
    }

    [Fact]
    public async Task A_text_that_a_carrier_blocks_raises_an_alert()
    {
        await new SmsStatusDriver(fixture.Instance.Sms).Status(IncomingSmsDriver.NewSid(), "undelivered", null, 30034).DeliverAsync(fixture.Instance.Client);
        await fixture.Instance.DrainAsync();

        Assert.Contains("not registered", (string?)Assert.Single(await ListAsync("30034"))["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_begins_with_the_open_alerts_and_follows_their_changes()
    {
        var subject = $"{Guid.NewGuid()}";
        await _alerts.RaiseAsync(AlertKinds.BreakerOpen, subject, "Twilio fails.", Cancellation);
        using var answer = await fixture.Instance.Client.GetAsync(
            new Uri("/api/alerts/stream", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancellation);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancellation));

        Assert.Equal("alert_raised", await ReadTypeAsync(reader, subject));
        await _alerts.ClearAsync(AlertKinds.BreakerOpen, subject, Cancellation);
        Assert.Equal("alert_cleared", await ReadTypeAsync(reader, subject));
    }

    [Theory]
    [InlineData("?all=maybe")]
    [InlineData("?before=x")]
    [InlineData("?limit=0")]
    public async Task A_wrong_parameter_is_answered_with_a_problem(string query)
    {
        using var answer = await fixture.Instance.Client.GetAsync(new Uri($"/api/alerts{query}", UriKind.Relative), Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        await Problem.AssertAsync(answer);
    }

    // Reads up to the next event about the subject.
    private static async Task<string?> ReadTypeAsync(StreamReader reader, string subject)
    {
        var type = default(string);
        while (await reader.ReadLineAsync(Cancellation) is { } line)
        {
            type = line.StartsWith("event: ", StringComparison.Ordinal) ? line["event: ".Length..] : type;
            if (line.StartsWith("data: ", StringComparison.Ordinal) && line.Contains(subject, StringComparison.Ordinal))
            {
                return type;
            }
        }

        return null;
    }

    private Task CheckAsync() => fixture.Instance.Services.GetRequiredService<AlertMonitor>().CheckAsync(Cancellation);

    private Task<List<JsonNode>> ListAsync(string subject, string query = "") =>
        ListAsync(query, alert => (string?)alert["subject"] == subject);

    private Task<List<JsonNode>> ListOfInstanceAsync(string instance) => ListAsync("", alert => (string?)alert["instance"] == instance);

    private async Task<List<JsonNode>> ListAsync(string query, Func<JsonNode, bool> filter)
    {
        using var answer = await fixture.Instance.Client.GetAsync(new Uri($"/api/alerts{query}", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var page = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;
        return [.. page["items"]!.AsArray().OfType<JsonNode>().Where(filter)];
    }
}
