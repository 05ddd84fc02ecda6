using JackAutomotive.ProviderSimulator.Posting;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>Builds Twilio's webhooks in Twilio's format.</summary>
internal sealed class TwilioWebhooks(HttpClient http, IOptions<TwilioOptions> options, IOptions<PostingOptions> posting)
{
    /// <summary>Builds the webhook of an incoming message. A repeated post carries the idempotency token of the first post.</summary>
    /// <exception cref="SettingMissingException">The auth token is missing.</exception>
    public Webhook Of(IncomingText text, Guid idempotencyToken) => Create(
        "api/webhooks/twilio/sms/incoming", "text", text.MessageSid, text.From, text.ToParameters(options.Value.AccountSid),
        idempotencyToken);

    /// <summary>Builds a status callback. A repeated post carries the idempotency token of the first post.</summary>
    /// <exception cref="SettingMissingException">The auth token is missing.</exception>
    public Webhook Of(TwilioCallback callback, Guid idempotencyToken) => Create(
        callback.Path, callback.Kind, callback.Id, callback.Customer,
        [.. callback.Parameters, new("AccountSid", options.Value.AccountSid), new("ApiVersion", "2010-04-01")], idempotencyToken);

    private Webhook Create(
        string path, string kind, string id, string customer, IReadOnlyList<KeyValuePair<string, string>> parameters,
        Guid idempotencyToken)
    {
        _ = options.Value.SigningToken;

        // Twilio's signature contains no time, so it cannot be stale.
        return new("twilio", kind, id, customer, [Flaw.FlippedByte, Flaw.WrongSecret, Flaw.MissingHeader], http, CreateRequest);

        HttpRequestMessage CreateRequest(Flaw? flaw)
        {
            var isNamed = path.Contains("://", StringComparison.Ordinal);
            var request = new HttpRequestMessage(HttpMethod.Post, isNamed ? posting.Value.PostAddressOf(path) : path)
            {
                Content = new TwilioForm(parameters),
            };
            if (isNamed)
            {
                request.Options.Set(TwilioSigningHandler.NamedAddress, PostingOptions.WithoutFragment(path));
            }

            request.Headers.Accept.ParseAdd("*/*");
            request.Headers.UserAgent.ParseAdd("TwilioProxy/1.1");
            request.Headers.Add("I-Twilio-Idempotency-Token", idempotencyToken.ToString());
            if (flaw is { } wanted)
            {
                request.Options.Set(Flaws.Key, wanted);
            }

            return request;
        }
    }
}
