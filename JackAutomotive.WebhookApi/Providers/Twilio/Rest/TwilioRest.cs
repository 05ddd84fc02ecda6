using Microsoft.Extensions.Options;
using Twilio.Clients;
using Twilio.Http;

namespace JackAutomotive.WebhookApi.Providers.Twilio.Rest;

/// <summary>Creates clients of Twilio's REST API, over the HTTP clients of the factory.</summary>
internal sealed class TwilioRest(IHttpClientFactory clients, IOptions<TwilioOptions> options)
{
    public const string ClientName = "twilio";

    /// <summary>The setting that is missing, without which there is no client; null if there is none.</summary>
    public string? MissingSetting =>
        options.Value.SendingAccount is null ? TwilioOptions.AccountSidSetting
        : options.Value is { ApiKeySid: null, AuthTokens.Count: 0 } ? TwilioOptions.AuthTokenSetting
        : null;

    /// <summary>Creates a client. It authenticates with the API key if there is one, because a key can be revoked by itself.</summary>
    public ITwilioRestClient Create()
    {
        var twilio = options.Value;
        var (user, password) = twilio is { ApiKeySid: { } sid, ApiKeySecret: { } secret }
            ? (sid, secret)
            : (twilio.SendingAccount, twilio.AuthTokens[0]);
        return new TwilioRestClient(user, password, twilio.SendingAccount, httpClient: new SystemNetHttpClient(clients.CreateClient(ClientName)));
    }

    /// <summary>Returns a time of Twilio's package as UTC. The package returns the kind of time that its parser happens to choose.</summary>
    public static DateTimeOffset? ToUtc(DateTime? time) => time is not { } value ? null
        : value.Kind == DateTimeKind.Unspecified ? new DateTimeOffset(value, TimeSpan.Zero)
        : new DateTimeOffset(value.ToUniversalTime(), TimeSpan.Zero);
}
