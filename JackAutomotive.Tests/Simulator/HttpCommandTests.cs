using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using JackAutomotive.ProviderSimulator.ElevenLabs;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Twilio;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace JackAutomotive.Tests.Simulator;

public sealed class HttpCommandTests
{
    [Fact]
    public async Task A_text_is_posted_as_Twilio_posts_it()
    {
        await using var stub = await WebhookStub.StartAsync();
        await using var simulator = new RunningSimulator(stub.Address);

        var (status, result) = await PostAsync(
            simulator, "send-text", new { from = "+16145550123", body = " Größe & \"+1\" = 100% 🙂\r\n", media = 2 });

        Assert.Equal(HttpStatusCode.OK, status);
        var request = Assert.Single(stub.Received);
        Assert.Equal("POST", request.Method);
        Assert.Equal($"{stub.Address}/api/webhooks/twilio/sms/incoming", request.Url);
        Assert.Equal("application/x-www-form-urlencoded; charset=UTF-8", request.Header("Content-Type"));
        Assert.Equal("TwilioProxy/1.1", request.Header("User-Agent"));
        Assert.True(Guid.TryParse(request.Header("I-Twilio-Idempotency-Token"), out _));

        var form = Parse(request);
        Assert.Matches("^MM[0-9a-f]{32}$", form["MessageSid"]);
        Assert.Equal(form["MessageSid"], form["SmsSid"]);
        Assert.Equal(form["MessageSid"], form["SmsMessageSid"]);
        Assert.Equal("AC0123456789abcdef0123456789abcdef", form["AccountSid"]);
        Assert.Equal("+16145550123", form["From"]);
        Assert.Equal("+12025550100", form["To"]);
        Assert.Equal(" Größe & \"+1\" = 100% 🙂\r\n", form["Body"]);
        Assert.Equal("received", form["SmsStatus"]);
        Assert.Equal("2010-04-01", form["ApiVersion"]);
        Assert.Equal("1", form["NumSegments"]);
        Assert.Equal("COLUMBUS", form["FromCity"]);
        Assert.Equal("", form["MessagingServiceSid"]);
        Assert.Equal("2", form["NumMedia"]);
        Assert.Equal("image/jpeg", form["MediaContentType1"]);
        Assert.StartsWith(
            $"https://api.twilio.com/2010-04-01/Accounts/{form["AccountSid"]}/Messages/{form["MessageSid"]}/Media/ME", form["MediaUrl1"],
            StringComparison.Ordinal);
        Assert.Equal(form["MessageSid"], result.GetProperty("deliveries")[0].GetProperty("id").GetString());
    }

    [Fact]
    public async Task A_text_is_signed_for_the_target_URL_by_default()
    {
        await using var stub = await WebhookStub.StartAsync();
        await using var simulator = new RunningSimulator(stub.Address);

        await PostAsync(simulator, "send-text");

        var request = Assert.Single(stub.Received);
        var expected = TwilioSignature.Compute(RunningSimulator.AuthToken, request.Url, Parse(request));
        Assert.Equal(expected, request.Header("X-Twilio-Signature"));
    }

    [Theory]
    [InlineData("https://jack.example.com")]
    [InlineData("https://jack.example.com/")]
    public async Task A_text_is_signed_for_the_public_base_URL_when_one_is_set(string publicBaseUrl)
    {
        await using var stub = await WebhookStub.StartAsync();
        await using var simulator = new RunningSimulator(stub.Address, ("PUBLIC_BASE_URL", publicBaseUrl));

        await PostAsync(simulator, "send-text");

        var request = Assert.Single(stub.Received);
        var url = "https://jack.example.com/api/webhooks/twilio/sms/incoming";
        Assert.Equal(TwilioSignature.Compute(RunningSimulator.AuthToken, url, Parse(request)), request.Header("X-Twilio-Signature"));
    }

    [Fact]
    public async Task An_empty_setting_counts_as_missing()
    {
        await using var stub = await WebhookStub.StartAsync();
        await using var simulator = new RunningSimulator(
            stub.Address, ("TWILIO_PHONE_NUMBER", ""), ("TWILIO_ACCOUNT_SID", ""), ("PUBLIC_BASE_URL", ""));

        await PostAsync(simulator, "send-text");

        var form = Parse(Assert.Single(stub.Received));
        Assert.Equal("+12025550100", form["To"]);
        Assert.Matches("^AC[0-9a-f]{32}$", form["AccountSid"]);
    }

    [Fact]
    public async Task A_call_is_posted_as_ElevenLabs_posts_it_and_signed_over_its_bytes()
    {
        await using var stub = await WebhookStub.StartAsync();
        await using var simulator = new RunningSimulator(stub.Address);

        var (status, result) = await PostAsync(simulator, "play-call", new { from = "+13035550142", scenario = "trade-in" });

        Assert.Equal(HttpStatusCode.OK, status);
        var request = Assert.Single(stub.Received);
        Assert.Equal($"{stub.Address}/api/webhooks/elevenlabs/post-call", request.Url);
        Assert.Equal("application/json", request.Header("Content-Type"));
        var data = JsonDocument.Parse(request.Body).RootElement.GetProperty("data");
        Assert.Equal("+13035550142", data.GetProperty("metadata").GetProperty("phone_call").GetProperty("external_number").GetString());

        var signature = request.Header("ElevenLabs-Signature");
        Assert.Matches(@"^t=\d{10},v0=[0-9a-f]{64}$", signature);
        var time = DateTimeOffset.FromUnixTimeSeconds(long.Parse(signature[2..12], null));
        Assert.InRange(DateTimeOffset.UtcNow - time, TimeSpan.FromSeconds(-1), TimeSpan.FromMinutes(1));
        Assert.Equal(ElevenLabsSignature.Compute(RunningSimulator.Secret, time, request.Body), signature);

        var delivery = result.GetProperty("deliveries")[0];
        Assert.Equal(data.GetProperty("conversation_id").GetString(), delivery.GetProperty("id").GetString());
        Assert.Equal(200, delivery.GetProperty("status").GetInt32());
        Assert.True(delivery.GetProperty("durationMs").GetDouble() > 0);
    }

    [Fact]
    public async Task A_repeated_webhook_is_identical_to_the_first()
    {
        await using var stub = await WebhookStub.StartAsync();
        await using var simulator = new RunningSimulator(stub.Address);

        await PostAsync(simulator, "send-text", new { repeat = 5 });
        await PostAsync(simulator, "play-call", new { repeat = 3 });

        var texts = stub.Received.Where(request => request.Url.Contains("twilio", StringComparison.Ordinal)).ToList();
        Assert.Equal(5, texts.Count);
        Assert.Single(texts.Select(text => Encoding.UTF8.GetString(text.Body)).Distinct());
        Assert.Single(texts.Select(text => text.Header("I-Twilio-Idempotency-Token")).Distinct());
        Assert.Single(texts.Select(text => text.Header("X-Twilio-Signature")).Distinct());
        var calls = stub.Received.Where(request => request.Url.Contains("elevenlabs", StringComparison.Ordinal)).ToList();
        Assert.Equal(3, calls.Count);
        Assert.Single(calls.Select(call => Encoding.UTF8.GetString(call.Body)).Distinct());
    }

    [Fact]
    public async Task A_refused_webhook_is_not_retried_and_the_command_answers_502_with_the_targets_title()
    {
        await using var stub = await WebhookStub.StartAsync(() => Results.Problem(statusCode: 503, title: "The database is unavailable"));
        await using var simulator = new RunningSimulator(stub.Address);

        foreach (var command in (string[])["send-text", "play-call"])
        {
            var (status, problem) = await PostAsync(simulator, command);

            Assert.Equal(HttpStatusCode.BadGateway, status);
            Assert.Contains("503: The database is unavailable", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.Equal(503, problem.GetProperty("result").GetProperty("deliveries")[0].GetProperty("status").GetInt32());
        }

        Assert.Equal(2, stub.Received.Count);
    }

    [Fact]
    public async Task An_unreachable_target_makes_the_command_answer_502()
    {
        var stub = await WebhookStub.StartAsync();
        await stub.DisposeAsync();
        await using var simulator = new RunningSimulator(stub.Address);

        var (status, problem) = await PostAsync(simulator, "send-text");

        Assert.Equal(HttpStatusCode.BadGateway, status);
        Assert.Contains("No answer", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("send-text", "TWILIO_AUTH_TOKEN", "twilio")]
    [InlineData("play-call", "ELEVENLABS_POST_CALL_WEBHOOK_SECRET", "elevenlabs")]
    [InlineData("play-busy-day", "ELEVENLABS_POST_CALL_WEBHOOK_SECRET", "elevenlabs")]
    [InlineData("play-live-call", "TWILIO_AUTH_TOKEN", "twilio")]
    [InlineData("play-live-call", "ELEVENLABS_POST_CALL_WEBHOOK_SECRET", "elevenlabs")]
    [InlineData("play-live-call", "ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET", "elevenlabs")]
    [InlineData("play-live-call", "ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET", "elevenlabs")]
    public async Task A_missing_secret_is_answered_503_and_named_by_the_command_and_by_health(string command, string setting, string check)
    {
        await using var stub = await WebhookStub.StartAsync();
        await using var simulator = new RunningSimulator(stub.Address, (setting, " , "));

        var (status, problem) = await PostAsync(simulator, command);
        using var client = simulator.CreateClient();
        var health = await client.GetFromJsonAsync<JsonElement>("/health", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal(setting, problem.GetProperty("setting").GetString());
        var description = health.GetProperty("checks").GetProperty(check).GetProperty("description").GetString();
        Assert.Contains(setting, description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("send-text", """{"from":"555-0123"}""", "From")]
    [InlineData("send-text", """{"media":11}""", "Media")]
    [InlineData("send-text", """{"repeat":0}""", "Repeat")]
    [InlineData("play-call", """{"scenario":"nobody"}""", "Scenario")]
    [InlineData("play-live-call", """{"scenario":"nobody"}""", "Scenario")]
    [InlineData("play-live-call", """{"seconds":-1}""", "Seconds")]
    [InlineData("play-statuses", """{"result":"well"}""", "Result")]
    [InlineData("play-busy-day", """{"calls":-1}""", "Calls")]
    [InlineData("play-call", """{"megabytes":500}""", "Megabytes")]
    [InlineData("play-call", """{"repeat":1001}""", "Repeat")]
    [InlineData("play-live-call", """{"corrupt":101}""", "Corrupt")]
    [InlineData("play-statuses", """{"delay":-1}""", "Delay")]
    [InlineData("play-failed-call", """{"reason":"tired"}""", "Reason")]
    [InlineData("send-unknown", """{"from":"555-0123"}""", "From")]
    [InlineData("play-chaos-day", """{"corrupt":-1}""", "Corrupt")]
    [InlineData("flood", """{"rate":0}""", "Rate")]
    [InlineData("flood", """{"connections":257}""", "Connections")]
    [InlineData("flood", """{"rate":5000,"seconds":600}""", "Rate")]
    public async Task An_invalid_parameter_is_answered_400_and_named(string command, string body, string member)
    {
        await using var stub = await WebhookStub.StartAsync();
        await using var simulator = new RunningSimulator(stub.Address);
        using var client = simulator.CreateClient();

        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync($"/commands/{command}", content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.True(problem.GetProperty("errors").TryGetProperty(member, out _));
        Assert.Empty(stub.Received);
    }

    [Fact]
    public async Task A_malformed_body_is_answered_400()
    {
        await using var simulator = new RunningSimulator("http://127.0.0.1:9");
        using var client = simulator.CreateClient();

        using var content = new StringContent("{", Encoding.UTF8, "application/json");
        using var answer = await client.PostAsync("/commands/send-text", content, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_busy_day_posts_each_webhook_in_its_own_trace()
    {
        await using var stub = await WebhookStub.StartAsync();
        await using var simulator = new RunningSimulator(stub.Address);

        var (status, result) = await PostAsync(simulator, "play-busy-day", new { calls = 7, texts = 21, seconds = 0, seed = 3 });

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(28, result.GetProperty("accepted").GetInt32());
        Assert.Equal(0, result.GetProperty("refused").GetInt32());
        Assert.Equal(21, stub.Received.Count(request => request.Url.Contains("twilio", StringComparison.Ordinal)));
        Assert.Equal(7, stub.Received.Count(request => request.Url.Contains("elevenlabs", StringComparison.Ordinal)));
        Assert.Equal(28, stub.Received.Select(TraceIdOf).Distinct().Count());
    }

    [Fact]
    public async Task The_same_seed_plays_the_same_busy_day()
    {
        var days = new List<List<string?>>();
        for (var i = 0; i < 2; i++)
        {
            await using var stub = await WebhookStub.StartAsync();
            await using var simulator = new RunningSimulator(stub.Address);
            var (_, result) = await PostAsync(simulator, "play-busy-day", new { calls = 5, texts = 15, seconds = 0, seed = 42 });
            var deliveries = result.GetProperty("deliveries").EnumerateArray();
            days.Add([.. deliveries.Select(delivery => delivery.GetProperty("id").GetString()).Order()]);
        }

        Assert.Equal(20, days[0].Distinct().Count());
        Assert.Equal(days[0], days[1]);
    }

    [Fact]
    public async Task A_webhook_carries_the_trace_of_its_command()
    {
        await using var stub = await WebhookStub.StartAsync();
        await using var simulator = new RunningSimulator(stub.Address);

        var (_, result) = await PostAsync(simulator, "send-text");

        Assert.Equal(result.GetProperty("traceId").GetString(), TraceIdOf(Assert.Single(stub.Received)));
    }

    [Fact]
    public async Task Sent_webhooks_are_listed_newest_first_with_masked_numbers()
    {
        await using var stub = await WebhookStub.StartAsync();
        await using var simulator = new RunningSimulator(stub.Address);
        using var client = simulator.CreateClient();

        await PostAsync(simulator, "send-text", new { from = "+13125550177" });
        await PostAsync(simulator, "play-call", new { from = "+13125550177" });
        var text = await client.GetStringAsync("/", TestContext.Current.CancellationToken);

        var overview = JsonDocument.Parse(text).RootElement;
        Assert.Equal(10, overview.GetProperty("commands").GetArrayLength());
        var lastSent = overview.GetProperty("lastSent");
        Assert.Equal(["call", "text"], lastSent.EnumerateArray().Select(sent => sent.GetProperty("kind").GetString()));
        Assert.Equal("***0177", lastSent[0].GetProperty("customer").GetString());
        Assert.DoesNotContain("3125550177", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_sent_log_keeps_only_the_last_100_deliveries()
    {
        var log = new SentLog();
        for (var i = 0; i < 250; i++)
        {
            log.Add(new Delivery("twilio", "text", $"SM{i}", "***0123", 200, null, 1, DateTimeOffset.UnixEpoch, null));
        }

        Assert.Equal(Enumerable.Range(150, 100).Reverse().Select(i => $"SM{i}"), log.Newest().Select(delivery => delivery.Id));
    }

    private static async Task<(HttpStatusCode Status, JsonElement Answer)> PostAsync(
        RunningSimulator simulator, string command, object? body = null)
    {
        using var client = simulator.CreateClient();
        using var content = body is null ? null : JsonContent.Create(body);
        using var answer = await client.PostAsync($"/commands/{command}", content, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken));
    }

    private static Dictionary<string, string> Parse(ReceivedRequest request)
    {
        var parameters = new FormReader(Encoding.UTF8.GetString(request.Body)).ReadForm();
        return parameters.ToDictionary(parameter => parameter.Key, parameter => Assert.Single(parameter.Value)!);
    }

    private static string TraceIdOf(ReceivedRequest request) => request.Header("traceparent").Split('-')[1];
}
