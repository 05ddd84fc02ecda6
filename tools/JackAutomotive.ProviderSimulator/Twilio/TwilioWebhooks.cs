using JackAutomotive.ProviderSimulator.Posting;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>Posts Twilio's webhooks the way Twilio does.</summary>
internal sealed class TwilioWebhooks(HttpClient http, WebhookPost post, IOptions<TwilioOptions> options)
{
    /// <summary>Posts the webhook for an incoming message. A repetition carries the idempotency token of the first attempt.</summary>
    /// <exception cref="SettingMissingException">There is no token to sign with.</exception>
    public Task<Delivery> PostAsync(IncomingText text, Guid idempotencyToken, CancellationToken cancellationToken) => PostAsync(
        "api/webhooks/twilio/sms/incoming", "text", text.MessageSid, text.From, text.ToParameters(options.Value.AccountSid),
        idempotencyToken, cancellationToken);

    /// <summary>Posts a status callback.</summary>
    /// <exception cref="SettingMissingException">There is no token to sign with.</exception>
    public Task<Delivery> PostAsync(TwilioCallback callback, Guid idempotencyToken, CancellationToken cancellationToken) => PostAsync(
        callback.Path, callback.Kind, callback.Id, callback.Customer,
        [.. callback.Parameters, new("AccountSid", options.Value.AccountSid), new("ApiVersion", "2010-04-01")],
        idempotencyToken, cancellationToken);

    private Task<Delivery> PostAsync(
        string path, string kind, string id, string customer, IReadOnlyList<KeyValuePair<string, string>> parameters,
        Guid idempotencyToken, CancellationToken cancellationToken)
    {
        _ = options.Value.SigningToken;
        return post.SendAsync("twilio", kind, id, customer, Request, http, cancellationToken);

        HttpRequestMessage Request()
        {
            var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new TwilioForm(parameters) };
            request.Headers.Accept.ParseAdd("*/*");
            request.Headers.UserAgent.ParseAdd("TwilioProxy/1.1");
            request.Headers.Add("I-Twilio-Idempotency-Token", idempotencyToken.ToString());
            return request;
        }
    }
}
