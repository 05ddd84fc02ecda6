using System.Net;
using System.Text;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace JackAutomotive.Tests.Intake;

/// <summary>What the gate of a webhook rejects, before and after it reads the body. The sender always receives the rejection.</summary>
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
    public async Task A_missing_or_malformed_signature_is_rejected_before_the_body_arrives(
        string provider,
        string signature,
        HttpStatusCode status)
    {
        var header = provider == "twilio" ? IncomingSmsDriver.SignatureHeader : PostCallDriver.SignatureHeader;
        var request = NewRequest(provider).WithoutHeader(header);
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
    public async Task A_sender_that_reads_the_answer_only_after_a_long_body_receives_the_rejection(bool isChunked, bool isSigned)
    {
        var (status, reason) = isSigned
            ? (HttpStatusCode.RequestEntityTooLarge, "too large")
            : (HttpStatusCode.Forbidden, "missing");
        var request = Api.Sms.Text();
        request = isSigned ? request : request.WithoutHeader(IncomingSmsDriver.SignatureHeader);
        var (counted, recorded) = (Api.ReadCounter("webhook.rejected", $"reason={reason}"), await CountRejectionsAsync(reason));

        var body = new byte[24 * Megabyte];
        await using var raw = await RawHttp.SendHeadersAsync(Api.Address, request, isChunked ? Chunked : $"Content-Length: {body.Length}");
        await raw.SendAsync(isChunked ? [.. Encoding.ASCII.GetBytes($"{body.Length:x}\r\n"), .. body, .. "\r\n0\r\n\r\n"u8] : body);
        var (answered, headers) = await raw.ReadAnswerAsync();

        Assert.Equal(status, answered);
        Assert.Contains("Connection: close", headers, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(counted + 1, Api.ReadCounter("webhook.rejected", $"reason={reason}"));
        Assert.Equal(recorded + 1, await CountRejectionsAsync(reason));
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
    public async Task A_content_type_that_the_provider_does_not_send_is_answered_415(string provider, string type, bool passes)
    {
        var request = NewRequest(provider) with { ContentType = type };
        var counted = Api.ReadCounter("webhook.rejected", "reason=content type");
        var recorded = await CountRejectionsAsync("content type");
        await using var raw = await RawHttp.SendHeadersAsync(Api.Address, request);
        await raw.SendAsync(request.Body);

        var (status, headers) = await raw.ReadAnswerAsync();

        Assert.Equal(passes ? HttpStatusCode.OK : HttpStatusCode.UnsupportedMediaType, status);
        Assert.Equal(counted + (passes ? 0 : 1), Api.ReadCounter("webhook.rejected", "reason=content type"));
        Assert.Equal(recorded + (passes ? 0 : 1), await CountRejectionsAsync("content type"));
        Assert.Equal(!passes, headers.Contains("application/problem+json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_JSON_body_from_Twilio_without_its_hash_in_the_URL_is_rejected()
    {
        using var answer = await (Api.Sms.Text() with { ContentType = "application/json" }).SendAsync(Api.Client);

        await Problem.AssertAsync(answer, "urn:jack-automotive:problem:signature-mismatch");
    }

    [Fact]
    public async Task Signed_deliveries_beyond_the_rate_limit_are_answered_429_and_unsigned_ones_do_not_count()
    {
        await using var api = fixture.Start(("Intake:DeliveriesPerSecond", "1"), ("Intake:Burst", "3"));
        for (var i = 0; i < 20; i++)
        {
            (await api.Sms.Text().WithBody([]).SendAsync(api.Client)).Dispose();
        }

        for (var i = 0; i < 3; i++)
        {
            await api.Sms.Text().DeliverAsync(api.Client);
        }

        HttpResponseMessage? answer = null;
        await Wait.UntilAsync(
            async () =>
            {
                answer?.Dispose();
                answer = await api.Sms.Text().SendAsync(api.Client);
                return answer.StatusCode != HttpStatusCode.OK;
            },
            "the rate limit");

        await Problem.AssertAsync(answer!, "urn:jack-automotive:problem:too-many-deliveries");
        Assert.Equal(HttpStatusCode.TooManyRequests, answer!.StatusCode);
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        Assert.Equal(1, api.ReadCounter("webhook.rejected", "reason=rate limit"));
        answer.Dispose();

        // Every endpoint has its own limit.
        await api.PostCall.Request(PostCallDriver.Transcription()).DeliverAsync(api.Client);
    }

    [Fact]
    public async Task A_request_beyond_the_concurrency_limit_is_answered_503_with_Retry_After()
    {
        await using var api = fixture.Start(
            instance => instance.With(services => services.Configure<KestrelServerOptions>(server => server.Limits.MinRequestBodyDataRate = null)),
            ("Intake:MaxRequestsInFlight", "2"));

        // The answer 100 shows that the gate has admitted a request.
        var text = api.Sms.Text().WithHeader("Expect", "100-continue");
        await using var first = await RawHttp.SendHeadersAsync(api.Address, text);
        Assert.Equal(HttpStatusCode.Continue, (await first.ReadAnswerAsync()).Status);
        await using var second = await RawHttp.SendHeadersAsync(api.Address, text);
        Assert.Equal(HttpStatusCode.Continue, (await second.ReadAnswerAsync()).Status);
        using var third = await api.Sms.Text().SendAsync(api.Client);

        await Problem.AssertAsync(third, "urn:jack-automotive:problem:too-busy");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(5)), (third.StatusCode, third.Headers.RetryAfter?.Delta));
        Assert.Equal(1, api.ReadCounter("webhook.rejected", "reason=busy"));

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
            "the capacity to be free again");
    }

    [Theory]
    [InlineData("missing signature")]
    [InlineData("malformed signature")]
    [InlineData("wrong content type")]
    [InlineData("too large")]
    public async Task A_rejected_request_holds_no_slot_while_its_body_is_discarded(string fault)
    {
        await using var api = fixture.Start(("Intake:MaxRequestsInFlight", "1"));
        var text = api.Sms.Text();
        var rejected = fault switch
        {
            "missing signature" => text.WithoutHeader(IncomingSmsDriver.SignatureHeader),
            "malformed signature" => text.WithHeader(IncomingSmsDriver.SignatureHeader, "x"),
            "wrong content type" => text with { ContentType = "text/plain" },
            _ => text,
        };

        // The answer comes first, and then the gate discards the body, which the sender never finishes.
        var connections = new List<RawHttp>();
        for (var i = 0; i < 3; i++)
        {
            var raw = await RawHttp.SendHeadersAsync(api.Address, rejected, fault == "too large" ? Chunked : "Content-Length: 10000000");
            connections.Add(raw);
            if (fault == "too large")
            {
                await raw.SendAsync("80000\r\n"u8.ToArray());
                await raw.SendAsync(new byte[0x80000]);
            }

            Assert.NotEqual(HttpStatusCode.ServiceUnavailable, (await raw.ReadAnswerAsync()).Status);
        }

        await text.DeliverAsync(api.Client);

        foreach (var raw in connections)
        {
            await raw.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_rejected_request_beyond_the_limit_of_discards_is_answered_and_its_connection_closed()
    {
        await using var api = fixture.Start(("Intake:MaxDiscards", "0"));
        var unsigned = api.Sms.Text().WithoutHeader(IncomingSmsDriver.SignatureHeader);
        await using var raw = await RawHttp.SendHeadersAsync(api.Address, unsigned, "Content-Length: 10000000");

        var (status, headers) = await raw.ReadAnswerAsync();

        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("Connection: close", headers, StringComparison.OrdinalIgnoreCase);
        await raw.WaitUntilClosedAsync();
    }

    [Fact]
    public async Task A_body_that_trickles_is_given_up_after_seconds()
    {
        var text = Api.Sms.Text();
        await using var raw = await RawHttp.SendHeadersAsync(Api.Address, text, "Content-Length: 60000");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var trickling = TrickleAsync(raw, bytesPerSecond: 4096, stop.Token);

        var (status, _) = await raw.ReadAnswerAsync();

        // The whole body would take fifteen seconds, which is longer than Twilio waits.
        Assert.Equal(HttpStatusCode.RequestTimeout, status);
        await stop.CancelAsync();
        await trickling;
    }

    [Fact]
    public async Task Bodies_that_are_being_read_share_one_memory_limit()
    {
        await using var api = fixture.Start(("Intake:MaxReceivingBytes", "1500000"), ("Inbox:AcceptPatience", "00:00:14"));
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
                "the second request to be rejected");
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
    public async Task A_sender_that_is_too_slow_is_answered_408_and_recorded_as_rejected()
    {
        await using var api = fixture.Start(instance => instance.With(services => services.Configure<KestrelServerOptions>(server =>
            server.Limits.MinRequestBodyDataRate = new MinDataRate(1024, TimeSpan.FromSeconds(1.1)))));
        var (text, recorded) = (api.Sms.Text(), await CountRejectionsAsync("too slow"));
        await using var raw = await RawHttp.SendHeadersAsync(api.Address, text);
        await raw.SendAsync(text.Body.AsMemory(0, 10));

        var (status, _) = await raw.ReadAnswerAsync();

        Assert.Equal(HttpStatusCode.RequestTimeout, status);
        Assert.Equal(1, api.ReadCounter("webhook.rejected", "reason=too slow"));
        Assert.Equal(recorded + 1, await CountRejectionsAsync("too slow"));
    }

    [Fact]
    public async Task An_incomplete_body_is_recorded_as_rejected_and_not_stored()
    {
        var text = Api.Sms.Text(sid: IncomingSmsDriver.NewSid());
        var counted = Api.ReadCounter("webhook.rejected", "reason=incomplete");
        await using (var raw = await RawHttp.SendHeadersAsync(Api.Address, text, $"Content-Length: {text.Body.Length + 1}"))
        {
            await raw.SendAsync(text.Body);
            raw.Finish();
            await Wait.UntilAsync(() => Api.ReadCounter("webhook.rejected", "reason=incomplete") > counted, "the rejection to be counted");
        }

        await Wait.UntilAsync(async () => await CountRejectionsAsync("incomplete") == 1, "the rejection to be recorded");
        Assert.Equal(0, await fixture.CountAsync("inbox WHERE body = $1", text.Body));
    }

    [Fact]
    public async Task Too_many_or_too_long_headers_are_answered_431()
    {
        var text = Api.Sms.Text();
        foreach (var headers in new[] { Enumerable.Range(0, 80).Select(i => ($"X-{i}", "1")), [("X-Long", new string('x', 20_000))] })
        {
            await using var raw = await RawHttp.SendHeadersAsync(Api.Address, text with { Headers = [.. text.Headers, .. headers] });
            Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, (await raw.ReadAnswerAsync()).Status);
        }
    }

    [Fact]
    public async Task A_webhook_without_its_secret_is_logged_and_its_deliveries_are_counted_as_rejected()
    {
        await using var api = fixture.Start(
            instance => instance.In(Environments.Development), ("ELEVENLABS_POST_CALL_WEBHOOK_SECRET", ""));

        using var answer = await api.PostCall.Request(PostCallDriver.Transcription()).SendAsync(api.Client);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal(1, api.ReadCounter("webhook.rejected", "reason=not configured", "topic=elevenlabs.post-call"));
        Assert.Contains(api.Logs.Entries, entry =>
            entry.Contains("elevenlabs.post-call: not configured", StringComparison.Ordinal)
            && entry.Contains("ELEVENLABS_POST_CALL_WEBHOOK_SECRET", StringComparison.Ordinal));
    }

    private static async Task TrickleAsync(RawHttp raw, int bytesPerSecond, CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                await raw.SendAsync(new byte[bytesPerSecond / 10]);
                await Task.Delay(TimeSpan.FromSeconds(0.1), cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The server closed the connection, or the test is over.
        }
    }

    private SignedRequest NewRequest(string provider) =>
        provider == "twilio" ? Api.Sms.Text() : Api.PostCall.Request(PostCallDriver.Transcription());

    private Task<long> CountRejectionsAsync(string reason) => fixture.CountAsync("rejected_deliveries WHERE reason = $1", reason);
}
