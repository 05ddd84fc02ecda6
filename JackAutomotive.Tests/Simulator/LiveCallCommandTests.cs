using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using JackAutomotive.ProviderSimulator.ElevenLabs;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Simulator;

public sealed class LiveCallCommandTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    [Theory]
    [InlineData("angry-customer", true)]
    [InlineData("trade-in", true)]
    [InlineData("appointment", false)]
    public async Task A_live_call_posts_initiation_events_transcript_and_callbacks_in_order(string scenario, bool isInbound)
    {
        await using var stub = await WebhookStub.StartAsync();
        await using var simulator = new RunningSimulator(stub.Address);

        await PlayAsync(simulator, new { scenario, seconds = 0 });

        var webhooks = stub.Received.Select(request => new Uri(request.Url).AbsolutePath.Split('/', 4)[3]).ToList();
        var initiation = webhooks.TakeWhile(webhook => webhook == "elevenlabs/conversation-initiation").Count();
        var live = webhooks.Skip(initiation).TakeWhile(webhook => webhook == "elevenlabs/conversation-events").Count();
        Assert.Equal(isInbound ? 1 : 0, initiation);
        Assert.Equal("elevenlabs/post-call", webhooks[initiation + live]);
        Assert.All(webhooks.Skip(initiation + live + 1), webhook => Assert.StartsWith("twilio/voice/", webhook, StringComparison.Ordinal));
        if (isInbound)
        {
            Assert.Equal(RunningSimulator.InitiationSecret, stub.Received[0].Header("X-Jack-Secret"));
        }

        var liveEvents = stub.Received.Skip(initiation).Take(live).ToList();
        Assert.All(liveEvents, request =>
        {
            var signature = request.Header("ElevenLabs-Signature");
            var time = DateTimeOffset.FromUnixTimeSeconds(long.Parse(signature[2..signature.IndexOf(',', StringComparison.Ordinal)]));
            Assert.Equal(ElevenLabsSignature.Compute(RunningSimulator.LiveSecret, time, request.Body), signature);
        });
        var types = liveEvents.Select(request => (string)JsonNode.Parse(request.Body)!["type"]!).ToList();
        Assert.Equal(("conversation_started", "conversation_ended"), (types[0], types[^1]));
        Assert.Superset(
            new HashSet<string>
            {
                "tentative_user_transcript", "user_transcript", "agent_response", "interruption", "agent_response_correction",
                "silence_detected",
            },
            types.ToHashSet());
    }

    [Theory]
    [InlineData("angry-customer")]
    [InlineData("new-buyer")]
    [InlineData("credit-challenged")]
    public async Task The_live_lines_in_the_service_equal_the_turns_of_the_transcript(string scenario)
    {
        await using var api = fixture.Start(
            ("TWILIO_AUTH_TOKEN", RunningSimulator.AuthToken),
            ("ELEVENLABS_POST_CALL_WEBHOOK_SECRET", RunningSimulator.Secret),
            ("ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET", RunningSimulator.LiveSecret),
            ("ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET", RunningSimulator.InitiationSecret));
        fixture.Time.SetUtcNow(DateTimeOffset.UtcNow);
        await using var simulator = new RunningSimulator(api.Address.GetLeftPart(UriPartial.Authority));
        var customer = IncomingSmsDriver.NewNumber();

        await PlayAsync(simulator, new { scenario, from = customer, seconds = 0 });
        await api.DrainAsync();

        var eventTypes = await fixture.ReadEventTypesAsync(customer);
        foreach (var singleType in new[] { "lead_created", "call_initiated", "call_completed", "conversation_transcript_added" })
        {
            Assert.Single(eventTypes, type => type == singleType);
        }

        Assert.Contains("interruption", eventTypes);
        Assert.Contains("silence_detected", eventTypes);
        Assert.Equal(0, await fixture.CountAsync("inbox WHERE state <> 'done'"));
        var conversation = await fixture.ReadAsync<string>(
            "SELECT conversation_id FROM conversations JOIN leads ON leads.id = lead_id WHERE phone = $1", customer);
        Assert.Equal("ended", await fixture.ReadAsync<string>("SELECT status FROM live_conversations WHERE conversation_id = $1", conversation));
        await using var command = fixture.Database.CreateCommand();
        var reports = await WebhookApi.Conversations.LiveConversationStore.ReadAsync(
            command, [conversation], TestContext.Current.CancellationToken);
        var state = WebhookApi.Conversations.LiveConversation.FromReports(reports[conversation].Select(stored => stored.Report));
        Assert.Equal(
            await fixture.ListAsync<string>(
                """
                SELECT role || ': ' || message FROM conversation_turns WHERE conversation_id = $1 AND message IS NOT NULL ORDER BY position
                """,
                conversation),
            state.Lines.Select(line => $"{line.Role}: {line.Text}"));
    }

    private static async Task PlayAsync(RunningSimulator simulator, object body)
    {
        using var client = simulator.CreateClient();
        using var answer = await client.PostAsJsonAsync("/commands/play-live-call", body, TestContext.Current.CancellationToken);
        Assert.True(
            answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
