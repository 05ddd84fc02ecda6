using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text.Json;
using JackAutomotive.ProviderSimulator.Posting;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>Builds ElevenLabs' webhooks in ElevenLabs' format, and the webhooks of a bridge to ElevenLabs' live events.</summary>
internal sealed class ElevenLabsWebhooks(HttpClient http, IOptions<ElevenLabsOptions> options, TimeProvider time)
{
    private const string Folder = "api/webhooks/elevenlabs";

    /// <summary>Builds the webhook that follows a finished call.</summary>
    /// <exception cref="SettingMissingException">The signing secret is missing.</exception>
    public Webhook Of(FinishedCall call) =>
        CreateSigned("post-call", "call", call.ConversationId, call.Customer, [call.Body], options.Value.SigningSecret);

    /// <summary>Builds a post-call webhook other than the transcript.</summary>
    /// <exception cref="SettingMissingException">The signing secret is missing.</exception>
    public Webhook Of(PostCallEvent postCallEvent) => CreateSigned(
        "post-call", postCallEvent.Type, postCallEvent.ConversationId, postCallEvent.Customer, postCallEvent.Body, options.Value.SigningSecret);

    /// <summary>Builds the webhook of a live event.</summary>
    /// <exception cref="SettingMissingException">The signing secret is missing.</exception>
    public Webhook Of(LiveEvent liveEvent) => CreateSigned(
        "conversation-events",
        liveEvent.Type.Replace('_', ' '),
        liveEvent.ConversationId,
        liveEvent.Customer,
        [liveEvent.Body],
        options.Value.LiveSecret);

    /// <summary>
    /// Builds the conversation-initiation webhook, which asks about the caller before an inbound call is answered. A header holds the
    /// secret, and no signature covers the body.
    /// </summary>
    /// <exception cref="SettingMissingException">The secret is missing.</exception>
    public Webhook CallInitiation(FinishedCall call, string calledNumber)
    {
        var (header, secret) = (options.Value.InitiationHeader, options.Value.InitiationSecret);
        var body = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string>
        {
            ["caller_id"] = call.Customer,
            ["agent_id"] = options.Value.AgentId,
            ["called_number"] = calledNumber,
            ["call_sid"] = call.CallSid,
        });
        return new Webhook(
            "elevenlabs", "call initiation", call.CallSid, call.Customer, [Flaw.WrongSecret, Flaw.MissingHeader], http, CreateRequest);

        HttpRequestMessage CreateRequest(Flaw? flaw)
        {
            var request = CreatePost("conversation-initiation", new ByteArrayContent(body));
            if (flaw != Flaw.MissingHeader)
            {
                request.Headers.Add(header, flaw.Apply(secret));
            }

            return request;
        }
    }

    private Webhook CreateSigned(
        string webhook, string kind, string id, string customer, IEnumerable<ReadOnlyMemory<byte>> body, string secret)
    {
        return new Webhook("elevenlabs", kind, id, customer, Enum.GetValues<Flaw>(), http, CreateRequest);

        HttpRequestMessage CreateRequest(Flaw? flaw)
        {
            var signedAt = time.GetUtcNow() - (flaw == Flaw.StaleTimestamp ? Flaws.StaleBy : TimeSpan.Zero);
            var sent = flaw.Apply(body);
            var isWhole = body is ICollection<ReadOnlyMemory<byte>>;
            var request = CreatePost(webhook, isWhole ? new ReadOnlyMemoryContent(sent.Single()) : new ChunkedContent(sent));
            if (flaw != Flaw.MissingHeader)
            {
                request.Headers.Add("ElevenLabs-Signature", ElevenLabsSignature.Compute(flaw.Apply(secret), signedAt, body));
            }

            return request;
        }
    }

    private static HttpRequestMessage CreatePost(string webhook, HttpContent body)
    {
        body.Headers.ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.Json);
        return new HttpRequestMessage(HttpMethod.Post, $"{Folder}/{webhook}") { Content = body };
    }
}
