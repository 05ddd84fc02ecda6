using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Admin.Signatures;

public class SignatureDoctorApiTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const string Doctor = "/api/signature-doctor";

    private readonly DeliveriesDriver _api = new(fixture);

    private WebhookApiInstance Api => fixture.Instance;

    [Fact]
    public async Task The_doctor_accepts_a_valid_webhook_and_explains_a_changed_one()
    {
        var text = Api.Sms.Text();
        var call = Api.PostCall.Request(PostCallDriver.Transcription());

        foreach (var request in new[] { text, call })
        {
            Assert.True((bool)(await ExamineAsync(Captured(request)))["valid"]!);
            var changed = Captured(request with { Body = [.. request.Body, (byte)'\n'] });
            var diagnosis = await ExamineAsync(changed);
            Assert.Equal("mismatch", (string?)diagnosis["verdict"]);
            Assert.Equal("body-newline", (string?)Assert.Single(diagnosis["findings"]!.AsArray())!["rule"]);
        }

        await text.DeliverAsync(Api.Client);
        await call.DeliverAsync(Api.Client);
        await Api.DrainAsync();
    }

    [Fact]
    public async Task The_configured_public_URL_is_checked_and_the_signed_URL_is_shown()
    {
        await using var api = fixture.Start(("PUBLIC_BASE_URL", "https://hooks.example.com"));
        var request = Captured(new IncomingSmsDriver(new Uri("http://hooks.example.com")).Text());
        request["url"] = "http://10.0.0.7" + IncomingSmsDriver.Path;

        var (_, diagnosis) = await new DeliveriesDriver(fixture, api).PostAsync(Doctor, request.ToJsonString());

        var finding = Assert.Single(diagnosis["findings"]!.AsArray())!;
        Assert.Equal("url-scheme", (string?)finding["rule"]);
        Assert.Contains("Signed was http://hooks.example.com/api", (string?)finding["seen"], StringComparison.Ordinal);
        Assert.Contains("checked is https://hooks.example.com/api", (string?)finding["seen"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(InitiationDriver.Secret, null)]
    [InlineData($" {InitiationDriver.Secret}", "header-spaces")]
    [InlineData("another", "other-secret")]
    [InlineData(null, "header-missing")]
    public async Task A_webhook_authenticated_by_a_secret_header_is_examined_by_that_header(string? secret, string? rule)
    {
        var captured = Captured(InitiationDriver.Ask("+12025550123", InitiationDriver.NewCallSid()));
        captured["headers"]![InitiationDriver.Header] = secret;
        if (secret is null)
        {
            captured["headers"]!.AsObject().Remove(InitiationDriver.Header);
        }

        var diagnosis = await ExamineAsync(captured);

        Assert.Equal(rule is null, (bool)diagnosis["valid"]!);
        Assert.Equal(rule, (string?)diagnosis["findings"]!.AsArray().SingleOrDefault()?["rule"]);
    }

    [Fact]
    public async Task A_wrong_path_and_a_wrong_method_are_found()
    {
        var captured = Captured(Api.Sms.Text());
        captured["method"] = "GET";
        captured.Remove("url");
        captured["endpoint"] = "/api/webhooks/twilio/sms";

        var rules = (await ExamineAsync(captured))["findings"]!.AsArray().Select(finding => (string)finding!["rule"]!).ToList();
        Assert.Contains("method", rules);
        Assert.Contains("path", rules);
    }

    [Fact]
    public async Task The_answer_and_the_log_contain_no_secret_signature_or_body()
    {
        var captured = Captured(Api.PostCall.Request("""{"words":"very private words"}"""));
        captured["body"] = """{"words": "very private words"}""";
        var signature = ((string)captured["headers"]![PostCallDriver.SignatureHeader]!)[^64..];

        var answer = (await ExamineAsync(captured)).ToJsonString();
        foreach (var text in Api.Logs.Entries.Append(answer))
        {
            Assert.DoesNotContain(signature, text, StringComparison.Ordinal);
            Assert.DoesNotContain(PostCallDriver.Secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain("very private words", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("provider", "\"somebody\"")]
    [InlineData("provider", "null")]
    [InlineData("url", "\"no address\"")]
    [InlineData("url", "5")]
    [InlineData("headers", "[]")]
    [InlineData("headers", "{\"a\": 1}")]
    [InlineData("bodyBase64", "\"***\"", "body")]
    [InlineData("bodyBase64", "\"AAAA\"")]
    [InlineData("receivedAt", "\"yesterday\"")]
    [InlineData("header", "{}")]
    public async Task An_invalid_field_is_answered_400_and_named(string name, string value, string? without = null)
    {
        var captured = Captured(Api.Sms.Text());
        captured.Remove(without ?? "");
        captured[name] = JsonNode.Parse(value);

        var (status, problem) = await _api.PostAsync(Doctor, captured.ToJsonString());

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.NotNull(problem["errors"]![name]);
    }

    [Theory]
    [InlineData("""{"provider": "\ud800"}""", "provider")]
    [InlineData("""{"provider": true}""", "provider")]
    [InlineData("""{"url": "https://a.example/\ud800"}""", "url")]
    [InlineData("""{"headers": {"\ud800": 1}}""", "headers")]
    [InlineData("""{"headers": {"a": "\udc00"}}""", "headers")]
    [InlineData("""{"body": "\ud800"}""", "body")]
    [InlineData("""{"method": false}""", "method")]
    [InlineData("""{"receivedAt": 5}""", "receivedAt")]
    [InlineData("""{"\ud800": 1}""", "\\ud800")]
    public async Task Half_a_surrogate_pair_or_a_wrong_type_is_answered_400_and_named(string json, string name)
    {
        var (status, problem) = await _api.PostAsync(Doctor, json);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.NotNull(problem["errors"]![name]);
    }

    [Fact]
    public async Task A_header_whose_name_is_half_a_surrogate_pair_is_ignored()
    {
        var captured = Captured(Api.Sms.Text()).ToJsonString().Replace("\"headers\":{", "\"headers\":{\"\\ud800\":\"x\",", StringComparison.Ordinal);

        var (status, diagnosis) = await _api.PostAsync(Doctor, captured);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True((bool)diagnosis["valid"]!);
    }

    [Theory]
    [InlineData("[]", HttpStatusCode.BadRequest)]
    [InlineData("{", HttpStatusCode.BadRequest)]
    [InlineData(null, HttpStatusCode.RequestEntityTooLarge)]
    public async Task An_unreadable_or_oversized_body_is_refused(string? json, HttpStatusCode expected) =>
        Assert.Equal(expected, (await _api.PostAsync(Doctor, json ?? $"\"{new string('x', 1024 * 1024)}\"")).Status);

    private async Task<JsonNode> ExamineAsync(JsonObject captured)
    {
        var (status, diagnosis) = await _api.PostAsync(Doctor, captured.ToJsonString());
        Assert.Equal(HttpStatusCode.OK, status);
        return diagnosis;
    }

    private JsonObject Captured(SignedRequest request)
    {
        var headers = new JsonObject { ["content-type"] = request.ContentType };
        foreach (var (name, value) in request.Headers)
        {
            headers[name] = value;
        }

        return new JsonObject
        {
            ["provider"] = request.Path.Contains("twilio", StringComparison.Ordinal) ? "twilio" : "elevenlabs",
            ["url"] = Api.Address.AbsoluteUri.TrimEnd('/') + request.Path,
            ["headers"] = headers,
            ["body"] = Encoding.UTF8.GetString(request.Body),
        };
    }
}
