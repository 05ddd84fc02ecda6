using System.Net;
using System.Text;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace JackAutomotive.Tests.Messaging;

/// <summary>What a webhook's gate refuses, before and after it has read the body, and that the sender gets to see it.</summary>
public class WebhookGateTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private const int Megabyte = 1024 * 1024;
    private const string Chunked = "Transfer-Encoding: chunked";

    private WebhookApiInstance Api => fixture.Instance;

    [Theory]
    [InlineData("twilio", "none", HttpStatusCode.Forbidden)]
    [InlineData("twilio", "garbage", HttpStatusCode.Forbidden)]
    [InlineData("elevenlabs", "none", HttpStatusCode.Unauthorized)]
    [InlineData("elevenlabs", "garbage", HttpStatusCode.Unauthorized)]
    public async Task What_the_signature_header_rules_out_is_answered_before_the_body_is_there(
        string provider,
        string signature,
        HttpStatusCode status)
    {
        var header = provider == "twilio" ? IncomingSmsDriver.SignatureHeader : PostCallDriver.SignatureHeader;
        var request = RequestOf(provider).WithoutHeader(header);
        request = signature == "none" ? request : request.WithHeader(header, signature);

        foreach (var framing in new[] { "Content-Length: 100", "Content-Length: 1000000000000", Chunked })
        {
            await using var raw = await RawHttp.SendHeadersAsync(Api.Address, request, framing);
            Assert.Equal(status, (await raw.ReadAnswerAsync()).Status);
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task A_sender_that_looks_for_the_answer_only_after_a_long_body_sees_it(bool isChunked, bool isSigned)
    {
        var (status, reason) = isSigned
            ? (HttpStatusCode.RequestEntityTooLarge, "too large")
            : (HttpStatusCode.Forbidden, "missing");
        var request = Api.Sms.Text();
        request = isSigned ? request : request.WithoutHeader(IncomingSmsDriver.SignatureHeader);
        var (counted, rows) = (Api.Counted("webhook.rejected", $"reason={reason}"), await RejectedAsync(reason));

        var body = new byte[24 * Megabyte];
        await using var raw = await RawHttp.SendHeadersAsync(Api.Address, request, isChunked ? Chunked : $"Content-Length: {body.Length}");
        await raw.SendAsync(isChunked ? [.. Encoding.ASCII.GetBytes($"{body.Length:x}\r\n"), .. body, .. "\r\n0\r\n\r\n"u8] : body);
        var (answered, headers) = await raw.ReadAnswerAsync();

        Assert.Equal(status, answered);
        Assert.Contains("Connection: close", headers, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(counted + 1, Api.Counted("webhook.rejected", $"reason={reason}"));
        Assert.Equal(rows + 1, await RejectedAsync(reason));
    }

    [Theory]
    [InlineData("twilio", "application/x-www-form-urlencoded", true)]
    [InlineData("twilio", "Application/X-WWW-Form-Urlencoded;charset=UTF-8", true)]
    [InlineData("twilio", "text/plain", false)]
    [InlineData("twilio", "multipart/form-data; boundary=x", false)]
    [InlineData("elevenlabs", "application/json", true)]
    [InlineData("elevenlabs", "application/json; charset=utf-8", true)]
    [InlineData("elevenlabs", "APPLICATION/JSON ;charset=utf-8", true)]
    [InlineData("elevenlabs", "", true)]
    [InlineData("elevenlabs", "application/jsonp", false)]
    [InlineData("elevenlabs", "application/x-www-form-urlencoded", false)]
    [InlineData("elevenlabs", "text/plain; x=application/json", false)]
    public async Task A_body_of_a_type_that_the_provider_does_not_send_is_answered_415(string provider, string type, bool passes)
    {
        var request = RequestOf(provider) with { ContentType = type };
        var counted = Api.Counted("webhook.rejected", "reason=content type");
        var rows = await RejectedAsync("content type");
        await using var raw = await RawHttp.SendHeadersAsync(Api.Address, request);
        await raw.SendAsync(request.Body);

        var (status, headers) = await raw.ReadAnswerAsync();

        Assert.Equal(passes ? HttpStatusCode.OK : HttpStatusCode.UnsupportedMediaType, status);
        Assert.Equal(counted + (passes ? 0 : 1), Api.Counted("webhook.rejected", "reason=content type"));
        Assert.Equal(rows + (passes ? 0 : 1), await RejectedAsync("content type"));
        Assert.Equal(!passes, headers.Contains("application/problem+json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Json_for_Twilio_needs_its_hash_in_the_address()
    {
        using var answer = await (Api.Sms.Text() with { ContentType = "application/json" }).SendAsync(Api.Client);

        await Problem.AssertAsync(answer, "urn:jack-automotive:problem:signature-mismatch");
    }

    [Fact]
    public async Task More_signed_deliveries_than_an_endpoint_takes_are_answered_429_and_unsigned_ones_do_not_use_its_share_up()
    {
        await using var api = fixture.Start(("Messaging:DeliveriesPerSecond", "1"), ("Messaging:Burst", "3"));
        for (var i = 0; i < 20; i++)
        {
            (await api.Sms.Text().WithBody([]).SendAsync(api.Client)).Dispose();
        }

        for (var i = 0; i < 3; i++)
        {
            await api.Sms.Text().DeliverAsync(api.Client);
        }

        HttpResponseMessage answer;
        do
        {
            answer = await api.Sms.Text().SendAsync(api.Client);
        }
        while (answer.StatusCode == HttpStatusCode.OK);

        await Problem.AssertAsync(answer, "urn:jack-automotive:problem:too-many-deliveries");
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        Assert.Equal(1, api.Counted("webhook.rejected", "reason=rate limit"));
        answer.Dispose();

        // Every endpoint has a share of its own.
        await api.PostCall.Request(PostCallDriver.Transcription()).DeliverAsync(api.Client);
    }

    [Fact]
    public async Task Beyond_the_requests_that_may_be_under_way_the_next_is_answered_503_and_Retry_After()
    {
        await using var api = fixture.Start(
            instance => instance.With(services => services.Configure<KestrelServerOptions>(server => server.Limits.MinRequestBodyDataRate = null)),
            ("Messaging:MaxRequestsInFlight", "2"));

        // Asked to go on, they know that they are in.
        var text = api.Sms.Text().WithHeader("Expect", "100-continue");
        await using var first = await RawHttp.SendHeadersAsync(api.Address, text);
        Assert.Equal(HttpStatusCode.Continue, (await first.ReadAnswerAsync()).Status);
        await using var second = await RawHttp.SendHeadersAsync(api.Address, text);
        Assert.Equal(HttpStatusCode.Continue, (await second.ReadAnswerAsync()).Status);
        using var third = await api.Sms.Text().SendAsync(api.Client);

        await Problem.AssertAsync(third, "urn:jack-automotive:problem:too-busy");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(5)), (third.StatusCode, third.Headers.RetryAfter?.Delta));
        Assert.Equal(1, api.Counted("webhook.rejected", "reason=busy"));

        await first.SendAsync(text.Body);
        Assert.Equal(HttpStatusCode.OK, (await first.ReadAnswerAsync()).Status);
        await second.SendAsync(text.Body);
        Assert.Equal(HttpStatusCode.OK, (await second.ReadAnswerAsync()).Status);
        await Wait.UntilAsync(
            async () =>
            {
                using var next = await api.Sms.Text().SendAsync(api.Client);
                return next.StatusCode == HttpStatusCode.OK;
            },
            "the places to be free again");
    }

    [Fact]
    public async Task Bodies_that_are_being_read_share_a_bounded_memory()
    {
        await using var api = fixture.Start(("Messaging:MaxReceivingBytes", "1500000"), ("Messaging:AcceptPatience", "00:00:14"));
        var request = api.PostCall.Request(PostCallDriver.Audio("conv_1", new byte[700_000]));
        await using (var raw = await RawHttp.SendHeadersAsync(api.Address, request))
        {
            await raw.SendAsync(request.Body.AsMemory(0, 900_000));
            await Wait.UntilAsync(
                async () =>
                {
                    using var next = await request.SendAsync(api.Client);
                    return next.StatusCode == HttpStatusCode.ServiceUnavailable && next.Headers.RetryAfter is not null;
                },
                "the second to be turned away");
            await api.Sms.Text().DeliverAsync(api.Client);
            await raw.SendAsync(request.Body.AsMemory(900_000));
            Assert.Equal(HttpStatusCode.OK, (await raw.ReadAnswerAsync()).Status);
        }

        for (var i = 0; i < 3; i++)
        {
            await request.DeliverAsync(api.Client);
        }
    }

    [Fact]
    public async Task A_sender_that_is_too_slow_is_answered_408_and_counted()
    {
        await using var api = fixture.Start(instance => instance.With(services => services.Configure<KestrelServerOptions>(server =>
            server.Limits.MinRequestBodyDataRate = new MinDataRate(1024, TimeSpan.FromSeconds(1.1)))));
        var text = api.Sms.Text();
        await using var raw = await RawHttp.SendHeadersAsync(api.Address, text);
        await raw.SendAsync(text.Body.AsMemory(0, 10));

        var (status, _) = await raw.ReadAnswerAsync();

        Assert.Equal(HttpStatusCode.RequestTimeout, status);
        Assert.Equal(1, api.Counted("webhook.rejected", "reason=too slow"));
        Assert.Equal(1, await RejectedAsync("too slow"));
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_not_stored()
    {
        var text = Api.Sms.Text(sid: IncomingSmsDriver.NewSid());
        var counted = Api.Counted("webhook.rejected", "reason=incomplete");
        await using (var raw = await RawHttp.SendHeadersAsync(Api.Address, text, $"Content-Length: {text.Body.Length + 1}"))
        {
            await raw.SendAsync(text.Body);
            raw.Finish();
            await Wait.UntilAsync(() => Api.Counted("webhook.rejected", "reason=incomplete") > counted, "the rejection to be counted");
        }

        await Wait.UntilAsync(async () => await RejectedAsync("incomplete") == 1, "the rejection to be on record");
        Assert.Equal(0, await fixture.CountAsync("inbox WHERE body = $1", text.Body));
    }

    [Fact]
    public async Task More_headers_than_any_provider_sends_are_answered_431()
    {
        var text = Api.Sms.Text();
        foreach (var headers in new[] { Enumerable.Range(0, 80).Select(i => ($"X-{i}", "1")), [("X-Long", new string('x', 20_000))] })
        {
            await using var raw = await RawHttp.SendHeadersAsync(Api.Address, text with { Headers = [.. text.Headers, .. headers] });
            Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, (await raw.ReadAnswerAsync()).Status);
        }
    }

    [Fact]
    public async Task A_start_without_a_webhooks_secret_is_warned_of_and_its_deliveries_are_on_record()
    {
        await using var api = fixture.Start(
            instance => instance.In(Environments.Development), ("ELEVENLABS_POST_CALL_WEBHOOK_SECRET", ""));

        using var answer = await api.PostCall.Request(PostCallDriver.Transcription()).SendAsync(api.Client);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(1, api.Counted("webhook.rejected", "reason=not configured", "topic=elevenlabs.post-call"));
        Assert.Contains(api.Logs.Entries, entry =>
            entry.Contains("elevenlabs.post-call: not configured", StringComparison.Ordinal)
            && entry.Contains("ELEVENLABS_POST_CALL_WEBHOOK_SECRET", StringComparison.Ordinal));
    }

    private SignedRequest RequestOf(string provider) =>
        provider == "twilio" ? Api.Sms.Text() : Api.PostCall.Request(PostCallDriver.Transcription());

    private Task<long> RejectedAsync(string reason) => fixture.CountAsync("rejected_deliveries WHERE reason = $1", reason);
}
