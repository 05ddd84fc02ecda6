using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using JackAutomotive.ProviderSimulator.ElevenLabs;
using JackAutomotive.Tests.Fixtures;
using Microsoft.AspNetCore.Http;

namespace JackAutomotive.Tests.Simulator;

public sealed class FaultCommandTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    [Fact]
    public async Task An_accepted_corrupt_webhook_makes_the_command_answer_502_with_the_count()
    {
        await using var stub = await WebhookStub.StartAsync();
        await using var simulator = new RunningSimulator(stub.Address);

        var (status, problem) = await PostAsync(simulator, "send-text", new { corrupt = 100, seed = 1 });

        Assert.Equal(HttpStatusCode.BadGateway, status);
        Assert.Contains("1 of 1 corrupt webhooks were not refused", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(2, stub.Received.Count);
    }

    [Fact]
    public async Task The_seed_determines_the_order_of_shuffled_callbacks()
    {
        var orders = new List<string>();
        foreach (var seed in (int[])[1, 1, 2])
        {
            await using var stub = await WebhookStub.StartAsync();
            await using var simulator = new RunningSimulator(stub.Address);
            await PostAsync(simulator, "play-live-call", new { scenario = "trade-in", seconds = 0, shuffle = true, delay = 3, seed });
            orders.Add(string.Join(' ', stub.Received.Select(request => $"{new Uri(request.Url).AbsolutePath}:{request.Body.Length}")));
        }

        Assert.Equal(orders[0], orders[1]);
        Assert.NotEqual(orders[0], orders[2]);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    public async Task A_flood_retries_after_a_busy_answer_and_loses_nothing(int busyStatus)
    {
        var count = 0;
        await using var stub = await WebhookStub.StartAsync(() =>
            Interlocked.Increment(ref count) % 7 == 0 ? new BusyAnswer(busyStatus) : Results.Ok());
        await using var simulator = new RunningSimulator(stub.Address);

        var (status, result) = await PostAsync(simulator, "flood", new { rate = 60, seconds = 1, connections = 4, seed = 5 });

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(60, result.GetProperty("sent").GetInt32());
        Assert.Equal(60, result.GetProperty("accepted").GetInt32());
        var retries = result.GetProperty("sentAgain").GetInt32();
        Assert.True(retries >= 8);
        Assert.Equal(60 + retries, stub.Received.Count);
        Assert.Equal(60, result.GetProperty("byStatus").GetProperty("200").GetInt32());
        Assert.Equal(60, stub.Received.Select(request => Convert.ToHexString(SHA256.HashData(request.Body))).Distinct().Count());
        Assert.InRange(result.GetProperty("p50Ms").GetDouble(), 0.001, result.GetProperty("p99Ms").GetDouble());
        string[] kinds = ["incoming", "status", "post-call"];
        Assert.Superset(kinds.ToHashSet(), stub.Received.Select(request => request.Url.Split('/')[^1]).ToHashSet());
    }

    [Fact]
    public async Task A_command_with_faults_retries_after_a_busy_answer()
    {
        var count = 0;
        await using var stub = await WebhookStub.StartAsync(() =>
            Interlocked.Increment(ref count) == 1 ? new BusyAnswer(503) : Results.Ok());
        await using var simulator = new RunningSimulator(stub.Address);

        var (status, result) = await PostAsync(simulator, "send-text", new { repeat = 2 });

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(1, result.GetProperty("sentAgain").GetInt32());
        Assert.Equal(3, stub.Received.Count);
    }

    [Fact]
    public async Task The_service_stores_the_audio_of_a_simulated_call()
    {
        await using var api = fixture.StartWithSimulatorSecrets();
        await using var simulator = new RunningSimulator(api.Address.GetLeftPart(UriPartial.Authority));

        var (status, result) = await PostAsync(simulator, "play-call", new { scenario = "trade-in", megabytes = 3, repeat = 2 });
        await api.DrainAsync();

        Assert.Equal(HttpStatusCode.OK, status);
        var audio = result.GetProperty("deliveries").EnumerateArray()
            .First(delivery => delivery.GetProperty("kind").GetString() == "post_call_audio");
        Assert.InRange(
            await fixture.ReadAsync<long>(
                "SELECT bytes FROM conversation_audio WHERE conversation_id = $1", audio.GetProperty("id").GetString()!),
            2_200_000, 2_250_000);
    }

    [Fact]
    public async Task Call_audio_is_sent_in_chunks_and_signed_over_its_bytes()
    {
        await using var stub = await WebhookStub.StartAsync();
        await using var simulator = new RunningSimulator(stub.Address);

        await PostAsync(simulator, "play-call", new { megabytes = 0.5 });

        var audio = stub.Received[^1];
        Assert.Equal("chunked", audio.Header("Transfer-Encoding"));
        Assert.False(audio.Headers.ContainsKey("Content-Length"));
        var signature = audio.Header("ElevenLabs-Signature");
        var time = DateTimeOffset.FromUnixTimeSeconds(long.Parse(signature[2..12], null));
        Assert.Equal(ElevenLabsSignature.Compute(RunningSimulator.Secret, time, audio.Body), signature);
        var sound = JsonDocument.Parse(audio.Body).RootElement.GetProperty("data").GetProperty("full_audio").GetBytesFromBase64();
        Assert.InRange(audio.Body.Length, 495_000, 505_000);
        Assert.Equal(0, sound.Length % 417);
        Assert.Equal([0xFF, 0xFB], sound[417..419]);
    }

    [Fact]
    public async Task A_failed_call_is_handled_and_an_unknown_event_type_is_parked_as_unroutable()
    {
        await using var api = fixture.StartWithSimulatorSecrets();
        await using var simulator = new RunningSimulator(api.Address.GetLeftPart(UriPartial.Authority));

        await PostAsync(simulator, "play-failed-call", new { from = "+13035550188", reason = "busy" });
        await PostAsync(simulator, "send-unknown", new { from = "+13035550188" });
        await api.DrainAsync();

        Assert.Equal("busy", await fixture.ReadAsync<string>(
            "SELECT reason FROM call_failures JOIN leads ON leads.id = lead_id WHERE phone = '+13035550188'"));
        Assert.Equal(
            [PostCallEvent.UnknownType + " unroutable"],
            await fixture.ListAsync<string>(
                "SELECT convert_from(body, 'UTF8')::json ->> 'type' || ' ' || parked_as FROM inbox WHERE state = 'parked'"));
    }

    private static async Task<(HttpStatusCode Status, JsonElement Answer)> PostAsync(
        RunningSimulator simulator, string command, object body)
    {
        using var client = simulator.CreateClient();
        using var answer = await client.PostAsJsonAsync($"/commands/{command}", body, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
    }

    /// <summary>A busy answer with <c>Retry-After: 0</c>, so that a retry follows at once.</summary>
    private sealed class BusyAnswer(int status) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            httpContext.Response.Headers.RetryAfter = "0";
            return Task.CompletedTask;
        }
    }
}
