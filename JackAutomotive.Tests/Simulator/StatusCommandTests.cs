using System.Net;
using System.Net.Http.Json;
using System.Text;
using JackAutomotive.ProviderSimulator.Twilio;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using Microsoft.AspNetCore.WebUtilities;

namespace JackAutomotive.Tests.Simulator;

public sealed class StatusCommandTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    [Fact]
    public async Task Callbacks_are_posted_in_order_and_signed()
    {
        await using var stub = await WebhookStub.StartAsync();
        await using var simulator = new RunningSimulator(stub.Address);

        await PostAsync(simulator, "play-statuses", new { result = "no_answer" });

        var forms = stub.Received.Select(request => Parse(request.Body)).ToList();
        Assert.Equal(
            ["initiated", "ringing", "no-answer", "queued", "sending", "sent", "delivered"],
            forms.Select(form => form.GetValueOrDefault("CallStatus") ?? form["MessageStatus"]));
        Assert.All(stub.Received.Zip(forms), pair => Assert.Equal(
            TwilioSignature.Compute(RunningSimulator.AuthToken, pair.First.Url, [.. pair.Second]),
            pair.First.Header("X-Twilio-Signature")));
    }

    [Fact]
    public async Task A_call_played_with_callbacks_posts_them_before_the_transcript()
    {
        await using var stub = await WebhookStub.StartAsync();
        await using var simulator = new RunningSimulator(stub.Address);

        await PostAsync(simulator, "play-call", new { scenario = "trade-in", callbacks = true });

        Assert.Equal(7, stub.Received.Count);
        Assert.EndsWith("/api/webhooks/elevenlabs/post-call", stub.Received[^1].Url, StringComparison.Ordinal);
        var call = Parse(stub.Received[0].Body)["CallSid"];
        Assert.Contains(call, Encoding.UTF8.GetString(stub.Received[^1].Body), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Shuffled_and_repeated_callbacks_lead_to_the_same_state_as_ordered_ones(int seed)
    {
        await using var api = fixture.Start(("TWILIO_AUTH_TOKEN", RunningSimulator.AuthToken));
        await using var simulator = new RunningSimulator(api.Address.GetLeftPart(UriPartial.Authority));
        var customer = IncomingSmsDriver.NewNumber();

        await PostAsync(simulator, "play-statuses", new { from = customer, shuffle = true, repeat = 3, seed });
        await api.DrainAsync();

        Assert.Equal(
            "completed completed human",
            await fixture.ReadAsync<string>(
                """
                SELECT calls.status || ' ' || recordings.status || ' ' || answered_by FROM calls
                JOIN recordings USING (call_sid) JOIN leads ON leads.id = calls.lead_id WHERE phone = $1
                """,
                customer));
        Assert.Single(await fixture.ReadEventTypesAsync(customer), type => type == "recording_available");
        Assert.Equal(10, await fixture.CountAsync("inbox WHERE encode(body, 'escape') LIKE $1 OR ordering_key IN "
            + "(SELECT 'call:' || call_sid FROM calls WHERE from_number = $2)", $"%2B{customer[1..]}%", customer));
    }

    private static async Task PostAsync(RunningSimulator simulator, string command, object body)
    {
        using var client = simulator.CreateClient();
        using var answer = await client.PostAsJsonAsync($"/commands/{command}", body, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static Dictionary<string, string> Parse(byte[] body) => QueryHelpers
        .ParseNullableQuery(Encoding.UTF8.GetString(body))!
        .ToDictionary(field => field.Key, field => field.Value.ToString());
}
