using System.Net.Http.Headers;
using System.Net.Mime;
using System.Text.Json;
using JackAutomotive.ProviderSimulator.Posting;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>Posts ElevenLabs' webhooks the way ElevenLabs does, and those of a bridge to its live events.</summary>
internal sealed class ElevenLabsWebhooks(HttpClient http, WebhookPost post, IOptions<ElevenLabsOptions> options, TimeProvider time)
{
    private const string Folder = "api/webhooks/elevenlabs";

    /// <summary>Posts the webhook that follows a finished call.</summary>
    /// <exception cref="SettingMissingException">There is no secret to sign with.</exception>
    public Task<Delivery> PostAsync(FinishedCall call, CancellationToken cancellationToken)
    {
        var secret = options.Value.SigningSecret;
        return post.SendAsync(
            "elevenlabs", "call", call.ConversationId, call.Customer,
            () => Signed("post-call", call.Body, secret), http, cancellationToken);
    }

    /// <summary>Posts what is told of a call while it is held.</summary>
    /// <exception cref="SettingMissingException">There is no secret to sign with.</exception>
    public Task<Delivery> PostAsync(LiveEvent told, CancellationToken cancellationToken)
    {
        var secret = options.Value.LiveSecret;
        return post.SendAsync(
            "elevenlabs", told.Type.Replace('_', ' '), told.ConversationId, told.Customer,
            () => Signed("conversation-events", told.Body, secret), http, cancellationToken);
    }

    /// <summary>Asks who calls, as before an inbound call is answered. This webhook is not signed: a header holds the secret.</summary>
    /// <exception cref="SettingMissingException">There is no secret to send.</exception>
    public Task<Delivery> AskWhoCallsAsync(FinishedCall call, string calledNumber, CancellationToken cancellationToken)
    {
        var (header, secret) = (options.Value.CallerHeader, options.Value.CallerSecret);
        var body = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string>
        {
            ["caller_id"] = call.Customer,
            ["agent_id"] = options.Value.AgentId,
            ["called_number"] = calledNumber,
            ["call_sid"] = call.CallSid,
        });
        return post.SendAsync("elevenlabs", "call initiation", call.CallSid, call.Customer, Request, http, cancellationToken);

        HttpRequestMessage Request()
        {
            var request = Create("conversation-initiation", body);
            request.Headers.Add(header, secret);
            return request;
        }
    }

    private HttpRequestMessage Signed(string webhook, byte[] body, string secret)
    {
        var request = Create(webhook, body);
        request.Headers.Add("ElevenLabs-Signature", ElevenLabsSignature.Compute(secret, time.GetUtcNow(), body));
        return request;
    }

    private static HttpRequestMessage Create(string webhook, byte[] body) => new(HttpMethod.Post, $"{Folder}/{webhook}")
    {
        Content = new ByteArrayContent(body)
        {
            Headers = { ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.Json) },
        },
    };
}
