using JackAutomotive.Access;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>Options of the Twilio integration: auth tokens, accounts and telephone numbers.</summary>
internal sealed class TwilioOptions
{
    public const string AuthTokenSetting = "TWILIO_AUTH_TOKEN";
    public const string AccountSidSetting = "TWILIO_ACCOUNT_SID";
    public const string PhoneNumberSetting = "TWILIO_PHONE_NUMBER";
    public const string StaffNumberSetting = "STAFF_PHONE_NUMBERS";
    public const string ApiBaseUrlSetting = "TWILIO_API_BASE_URL";
    public const string MessagingServiceSetting = "TWILIO_MESSAGING_SERVICE_SID";
    public const string ApiKeySidSetting = "TWILIO_API_KEY_SID";
    public const string ApiKeySecretSetting = "TWILIO_API_KEY_SECRET";

    /// <summary>The account and the number that send while none is configured. The AppHost sets them for the simulator.</summary>
    public const string SimulatedAccountSetting = "Outbound:SimulatedAccountSid";
    public const string SimulatedNumberSetting = "Outbound:SimulatedPhoneNumber";

    /// <summary>The auth tokens that may sign webhooks: the primary token and, around a token promotion, the secondary token.</summary>
    public IReadOnlyList<string> AuthTokens { get; set; } = [];

    /// <summary>The accounts whose webhooks are accepted. If empty, every webhook that one of the tokens signed is accepted.</summary>
    public IReadOnlyList<string> AccountSids { get; set; } = [];

    /// <summary>Our numbers, in E.164 format if they are telephone numbers. If empty, deliveries for every number are accepted.</summary>
    public IReadOnlyList<string> PhoneNumbers { get; set; } = [];

    /// <summary>The telephone numbers of our staff, in E.164 format. A call with one of these numbers creates no lead.</summary>
    public IReadOnlyList<string> StaffNumbers { get; set; } = [];

    /// <summary>The address of Twilio's REST API, if it is not Twilio's own.</summary>
    public Uri? ApiBaseUrl { get; set; }

    /// <summary>The messaging service that sends texts; null if a number of ours sends them.</summary>
    public string? MessagingServiceSid { get; set; }

    /// <summary>The API key for requests to Twilio; null if the auth token authenticates them.</summary>
    public string? ApiKeySid { get; set; }

    /// <summary>The secret of the API key.</summary>
    public string? ApiKeySecret { get; set; }

    /// <summary>The account that sends: the first configured one.</summary>
    public string? SendingAccount { get; set; }

    /// <summary>The number that sends and calls: the first configured one.</summary>
    public string? SendingNumber { get; set; }

    /// <summary>
    /// Returns whether a form belongs to one of our accounts. Returns true also if the form contains no account, or if no account is
    /// configured.
    /// </summary>
    public bool IsOurAccount(FormBody? form) =>
        AccountSids.Count == 0 || form?.ReadTrimmedText("AccountSid") is not { } account || AccountSids.Contains(account);
}

internal sealed class ValidateTwilioOptions(IHostEnvironment environment) : IValidateOptions<TwilioOptions>
{
    public ValidateOptionsResult Validate(string? name, TwilioOptions options) =>
        (options.ApiKeySid is null) != (options.ApiKeySecret is null)
            ? ValidateOptionsResult.Fail($"The settings {TwilioOptions.ApiKeySidSetting} and {TwilioOptions.ApiKeySecretSetting} belong together.")
            : SecretList.Require(options.AuthTokens, TwilioOptions.AuthTokenSetting, environment);
}
