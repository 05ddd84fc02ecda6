using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace JackAutomotive.Tests.Simulator;

/// <summary>What follows a request to the simulated APIs, at webhook-api.</summary>
public sealed class ApiToWebhookTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    [Fact]
    public async Task webhook_api_accepts_every_webhook_that_follows_a_text_and_a_call()
    {
        await using var api = fixture.StartWithSimulatorSecrets();
        var target = api.Address.GetLeftPart(UriPartial.Authority);
        await using var simulator = new RunningSimulator(target);
        using var http = simulator.CreateClient();
        var log = simulator.Services.GetRequiredService<SentLog>();
        var customer = IncomingSmsDriver.NewNumber();

        using var text = new HttpRequestMessage(HttpMethod.Post, $"/2010-04-01/Accounts/{RunningSimulator.AccountSid}/Messages.json")
        {
            Content = new FormUrlEncodedContent(
            [
                new("To", customer), new("From", RunningSimulator.PhoneNumber), new("Body", "Hello"),
                new("StatusCallback", $"{target}/api/webhooks/twilio/sms/status?job=7"),
            ]),
        };
        text.Headers.Authorization = SimulatedProviders.BasicCredentials(RunningSimulator.AccountSid, RunningSimulator.AuthToken);
        using var sent = await http.SendAsync(text, TestContext.Current.CancellationToken);
        using var call = new HttpRequestMessage(HttpMethod.Post, "/v1/convai/twilio/outbound-call")
        {
            Headers = { { "xi-api-key", RunningSimulator.ApiKey } },
            Content = JsonContent.Create(new JsonObject
            {
                ["agent_id"] = SimulatedProviders.AgentId,
                ["agent_phone_number_id"] = SimulatedProviders.PhoneNumberId,
                ["to_number"] = customer,
            }),
        };
        using var started = await http.SendAsync(call, TestContext.Current.CancellationToken);
        await Wait.UntilAsync(
            () => log.Newest().Any(delivery => delivery.Kind == "call")
                && log.Newest().Count(delivery => delivery.Kind == "text status") == 3,
            "the transcript and the statuses of the text");

        Assert.All(log.Newest(), delivery => Assert.True(delivery.Accepted, $"{delivery.Kind}: {delivery.Status} {delivery.Title}"));
        await api.DrainAsync();
        var accepted = await SimulatedProviders.ReadAsync(started);
        Assert.Equal(
            $"{accepted.GetProperty("conversation_id").GetString()} outbound {accepted.GetProperty("callSid").GetString()} completed",
            await fixture.ReadAsync<string>(
                """
                SELECT concat_ws(' ', conversation_id, conversations.direction, call_sid, calls.status) FROM conversations
                JOIN calls USING (call_sid) JOIN leads ON leads.id = conversations.lead_id WHERE phone = $1
                """,
                customer));
        Assert.Equal(
            "delivered",
            await fixture.ReadAsync<string>(
                "SELECT status FROM message_states WHERE message_sid = $1",
                (await SimulatedProviders.ReadAsync(sent)).GetProperty("sid").GetString()!));
    }
}
