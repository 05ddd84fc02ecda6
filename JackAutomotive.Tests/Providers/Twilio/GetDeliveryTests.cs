using System.Net;
using JackAutomotive.Tests.Drivers;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Providers.Twilio;

/// <summary>Deliveries that a provider sends with GET, because a number or a callback is configured so.</summary>
public class GetDeliveryTests(WebhookApiFixture fixture) : IClassFixture<WebhookApiFixture>
{
    private WebhookApiInstance Api => fixture.Instance;

    [Theory]
    [InlineData("")]
    [InlineData("dealer=7&campaign=spring%20sale")]
    public async Task A_text_that_arrives_with_GET_is_stored_like_one_that_arrives_with_POST(string configuredQuery)
    {
        var (sid, from) = (IncomingSmsDriver.NewSid(), IncomingSmsDriver.NewNumber());

        await DeliverAsync(Api.Sms.Get(Text(sid, from, "Is it still there? + 😀 é"), configuredQuery: configuredQuery));

        Assert.Equal("Is it still there? + 😀 é", await fixture.ReadAsync<string>("SELECT body FROM messages WHERE message_sid = $1", sid));
        Assert.Equal(["lead_created", "sms_received"], await fixture.ReadEventTypesAsync(from));
    }

    [Fact]
    public async Task The_same_text_with_GET_and_with_POST_is_one_delivery_and_no_conflict()
    {
        var (sid, from) = (IncomingSmsDriver.NewSid(), IncomingSmsDriver.NewNumber());
        var conflicts = Api.ReadCounter("webhook.conflict");
        var duplicates = Api.ReadCounter("webhook.duplicate");

        await DeliverAsync(
            Api.Sms.Fields(Text(sid, from, "a b")),
            Api.Sms.Get(Text(sid, from, "a b")),
            Api.Sms.Get([.. Text(sid, from, "a b").Reverse(), ("ErrorCode", "11200"), ("ErrorUrl", "https://example.com")]));

        Assert.Equal(1, await fixture.CountAsync("inbox WHERE dedup_key = $1", $"sms:{sid}"));
        Assert.Equal(conflicts, Api.ReadCounter("webhook.conflict"));
        Assert.Equal(duplicates + 2, Api.ReadCounter("webhook.duplicate"));
    }

    [Fact]
    public async Task Every_callback_of_Twilio_may_arrive_with_GET()
    {
        var customer = IncomingSmsDriver.NewNumber();
        var (text, call, recording) = (IncomingSmsDriver.NewSid(), VoiceStatusDriver.NewSid(), RecordingDriver.NewSid());

        await DeliverAsync(
            Api.Sms.Get([("MessageSid", text), ("MessageStatus", "delivered"), ("To", customer)], SmsStatusDriver.Path),
            Api.Sms.Get(
                [("CallSid", call), ("CallStatus", "completed"), ("Direction", "inbound"), ("From", customer), ("To", IncomingSmsDriver.OurNumber)],
                VoiceStatusDriver.Path),
            Api.Sms.Get([("RecordingSid", recording), ("CallSid", call), ("RecordingStatus", "completed")], RecordingDriver.Path));

        Assert.Equal("delivered", await fixture.ReadAsync<string>("SELECT status FROM message_states WHERE message_sid = $1", text));
        Assert.Equal(["lead_created", "call_status", "recording_available"], await fixture.ReadEventTypesAsync(customer));
    }

    [Fact]
    public async Task A_GET_whose_query_was_signed_in_another_order_is_accepted()
    {
        var sid = IncomingSmsDriver.NewSid();
        var signed = Api.Sms.Get(Text(sid, IncomingSmsDriver.NewNumber(), "x"), configuredQuery: "b=1&a=2");
        var delivered = signed with { Path = Sort(signed.Path) };
        var resorted = Api.Sms.Get(Text(sid, IncomingSmsDriver.NewNumber(), "x"), configuredQuery: "z=1");

        await DeliverAsync(delivered, signed with { Path = signed.Path.Replace("b=1&a=2", "a=2&b=1", StringComparison.Ordinal) }, resorted);

        // Upper-case names come before lower-case ones. Twilio's own parameters keep their order here.
        static string Sort(string target)
        {
            var parts = target.Split('?');
            var byOwner = parts[1].Split('&').ToLookup(parameter => char.IsAsciiLetterUpper(parameter[0]));
            return $"{parts[0]}?{string.Join('&', byOwner[true].Concat(byOwner[false].Order()))}";
        }
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("mismatch")]
    [InlineData("changed")]
    [InlineData("body")]
    public async Task A_GET_with_a_delivery_and_without_a_valid_signature_is_answered_403_and_recorded(string kind)
    {
        var sid = IncomingSmsDriver.NewSid();
        var request = Api.Sms.Get(Text(sid, IncomingSmsDriver.NewNumber(), "x"));
        request = kind switch
        {
            "missing" => request.WithoutHeader(IncomingSmsDriver.SignatureHeader),
            "mismatch" => new IncomingSmsDriver(Api.Address, "another").Get(Text(sid, IncomingSmsDriver.NewNumber(), "x")),
            "changed" => request with { Path = request.Path + "&Extra=1" },
            _ => request with { Method = HttpMethod.Post, ContentType = "text/plain", Body = "x"u8.ToArray() },
        };
        var reason = kind == "missing" ? "missing" : kind == "body" ? "content type" : "mismatch";
        var counted = Api.ReadCounter("webhook.rejected", $"reason={reason}");

        using var answer = await request.SendAsync(Api.Client);

        Assert.Equal(kind == "body" ? HttpStatusCode.UnsupportedMediaType : HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(counted + 1, Api.ReadCounter("webhook.rejected", $"reason={reason}"));
        Assert.Equal(0, await fixture.CountAsync("inbox WHERE dedup_key = $1", $"sms:{sid}"));
    }

    [Fact]
    public async Task The_longest_text_arrives_with_GET_too()
    {
        var sid = IncomingSmsDriver.NewSid();
        var words = string.Concat(Enumerable.Repeat("車", 1600));

        await DeliverAsync(Api.Sms.Get(Text(sid, IncomingSmsDriver.NewNumber(), words)));

        Assert.Equal(words, await fixture.ReadAsync<string>("SELECT body FROM messages WHERE message_sid = $1", sid));
    }

    [Theory]
    [InlineData("post-call")]
    [InlineData("conversation-events")]
    [InlineData("conversation-initiation")]
    public async Task A_signed_GET_of_ElevenLabs_is_answered_405_counted_and_alerted(string webhook)
    {
        await using var api = fixture.Start();
        var request = new SignedRequest($"/api/webhooks/elevenlabs/{webhook}", "", [], [(PostCallDriver.SignatureHeader, "t=1,v0=ab")])
        {
            Method = HttpMethod.Get,
        };
        if (webhook == "conversation-initiation")
        {
            request = request with { Headers = [(InitiationDriver.Header, InitiationDriver.Secret)] };
        }

        using var answer = await request.SendAsync(api.Client);

        Assert.Equal((HttpStatusCode.MethodNotAllowed, "POST"), (answer.StatusCode, string.Join(',', answer.Content.Headers.Allow)));
        await Problem.AssertAsync(answer, "urn:jack-automotive:problem:wrong-method");
        Assert.Equal(1, api.ReadCounter("webhook.rejected", $"topic=elevenlabs.{webhook}", "reason=method"));
        Assert.Contains(api.Logs.Entries, entry => entry.EndsWith("WebhookConfiguredWithGet", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("twilio/sms/incoming")]
    [InlineData("twilio/sms/status?utm=1")]
    [InlineData("elevenlabs/post-call?x=1")]
    public async Task A_plain_GET_and_HEAD_report_the_health(string target)
    {
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head })
        {
            using var request = new HttpRequestMessage(method, $"/api/webhooks/{target}");
            using var answer = await Api.Client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        }
    }

    private static (string, string)[] Text(string sid, string from, string body) =>
    [
        ("MessageSid", sid), ("AccountSid", "AC00000000000000000000000000000001"), ("From", from), ("To", IncomingSmsDriver.OurNumber),
        ("Body", body), ("NumMedia", "0"), ("SmsStatus", "received"),
    ];

    private async Task DeliverAsync(params SignedRequest[] requests)
    {
        foreach (var request in requests)
        {
            await request.DeliverAsync(Api.Client);
            await Api.DrainAsync();
        }
    }
}
