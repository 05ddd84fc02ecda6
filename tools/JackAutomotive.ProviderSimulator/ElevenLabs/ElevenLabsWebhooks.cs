using System.Net.Http.Headers;
using System.Net.Mime;
using JackAutomotive.ProviderSimulator.Posting;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>Posts ElevenLabs' webhooks the way ElevenLabs does.</summary>
internal sealed class ElevenLabsWebhooks(HttpClient http, WebhookPost post, IOptions<ElevenLabsOptions> options, TimeProvider time)
{
    /// <summary>Posts the webhook that follows a finished call.</summary>
    /// <exception cref="SettingMissingException">There is no secret to sign with.</exception>
    public Task<Delivery> PostAsync(FinishedCall call, CancellationToken cancellationToken)
    {
        var secret = options.Value.SigningSecret;
        return post.SendAsync("elevenlabs", "call", call.ConversationId, call.Customer, Request, http, cancellationToken);

        HttpRequestMessage Request()
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "api/webhooks/elevenlabs/post-call")
            {
                Content = new ByteArrayContent(call.Body)
                {
                    Headers = { ContentType = new MediaTypeHeaderValue(MediaTypeNames.Application.Json) },
                },
            };
            request.Headers.Add("ElevenLabs-Signature", ElevenLabsSignature.Compute(secret, time.GetUtcNow(), call.Body));
            return request;
        }
    }
}
