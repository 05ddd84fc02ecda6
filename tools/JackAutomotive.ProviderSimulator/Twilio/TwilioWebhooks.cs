using JackAutomotive.ProviderSimulator.Posting;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>Posts Twilio's webhooks the way Twilio does.</summary>
internal sealed class TwilioWebhooks(HttpClient http, WebhookPost post, IOptions<TwilioOptions> options)
{
    /// <summary>Posts the webhook for an incoming message. A repetition carries the idempotency token of the first attempt.</summary>
    /// <exception cref="SettingMissingException">There is no token to sign with.</exception>
    public Task<Delivery> PostAsync(IncomingText text, Guid idempotencyToken, CancellationToken cancellationToken)
    {
        _ = options.Value.SigningToken;
        return post.SendAsync("twilio", "text", text.MessageSid, text.From, Request, http, cancellationToken);

        HttpRequestMessage Request()
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "api/webhooks/twilio/sms/incoming")
            {
                Content = new TwilioForm(text.ToParameters(options.Value.AccountSid)),
            };
            request.Headers.Accept.ParseAdd("*/*");
            request.Headers.UserAgent.ParseAdd("TwilioProxy/1.1");
            request.Headers.Add("I-Twilio-Idempotency-Token", idempotencyToken.ToString());
            return request;
        }
    }
}
