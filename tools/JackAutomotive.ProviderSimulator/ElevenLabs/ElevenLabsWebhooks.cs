using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text.Json;
using JackAutomotive.ProviderSimulator.Posting;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>ElevenLabs' webhooks, made the way ElevenLabs makes them, and those of a bridge to its live events.</summary>
internal sealed class ElevenLabsWebhooks(HttpClient http, IOptions<ElevenLabsOptions> options, TimeProvider time)
{
    private const string Folder = "api/webhooks/elevenlabs";

    /// <summary>The webhook that follows a finished call.</summary>
    /// <exception cref="SettingMissingException">There is no secret to sign with.</exception>
    public Webhook Of(FinishedCall call) =>
        Signed("post-call", "call", call.ConversationId, call.Customer, [call.Body], options.Value.SigningSecret);

    /// <summary>Another of the post-call webhooks.</summary>
    /// <exception cref="SettingMissingException">There is no secret to sign with.</exception>
    public Webhook Of(PostCallEvent told) =>
        Signed("post-call", told.Type, told.ConversationId, told.Customer, told.Body, options.Value.SigningSecret);

    /// <summary>What is told of a call while it is held.</summary>
    /// <exception cref="SettingMissingException">There is no secret to sign with.</exception>
    public Webhook Of(LiveEvent told) => Signed(
        "conversation-events", told.Type.Replace('_', ' '), told.ConversationId, told.Customer, [told.Body], options.Value.LiveSecret);

    /// <summary>The question who calls, before an inbound call is answered. It is not signed: a header holds the secret.</summary>
    /// <exception cref="SettingMissingException">There is no secret to send.</exception>
    public Webhook WhoCalls(FinishedCall call, string calledNumber)
    {
        var (header, secret) = (options.Value.CallerHeader, options.Value.CallerSecret);
        var body = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string>
        {
            ["caller_id"] = call.Customer,
            ["agent_id"] = options.Value.AgentId,
            ["called_number"] = calledNumber,
            ["call_sid"] = call.CallSid,
        });
        return new Webhook(
            "elevenlabs", "call initiation", call.CallSid, call.Customer, [Flaw.WrongSecret, Flaw.MissingHeader], http, Request);

        HttpRequestMessage Request(Flaw? flaw)
        {
            var request = Post("conversation-initiation", new ByteArrayContent(body));
            if (flaw != Flaw.MissingHeader)
            {
                request.Headers.Add(header, flaw.Apply(secret));
            }

            return request;
        }
    }

    private Webhook Signed(
        string webhook, string kind, string id, string customer, IEnumerable<ReadOnlyMemory<byte>> body, string secret)
    {
        return new Webhook("elevenlabs", kind, id, customer, Enum.GetValues<Flaw>(), http, Request);

        HttpRequestMessage Request(Flaw? flaw)
        {
            var signedAt = time.GetUtcNow() - (flaw == Flaw.StaleTimestamp ? Flaws.StaleBy : TimeSpan.Zero);
            var sent = flaw.Apply(body);
            var isWhole = body is ICollection<ReadOnlyMemory<byte>>;
            var request = Post(webhook, isWhole ? new ReadOnlyMemoryContent(sent.Single()) : new ChunkedContent(sent));
            if (flaw != Flaw.MissingHeader)
            {
                request.Headers.Add("ElevenLabs-Signature", ElevenLabsSignature.Compute(flaw.Apply(secret), signedAt, body));
            }

            return request;
        }
    }

    private static HttpRequestMessage Post(string webhook, HttpContent body)
    {
        body.Headers.ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.Json);
        return new HttpRequestMessage(HttpMethod.Post, $"{Folder}/{webhook}") { Content = body };
    }
}
