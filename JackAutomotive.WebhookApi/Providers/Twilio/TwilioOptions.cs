using JackAutomotive.Access;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>What Twilio and we have agreed on.</summary>
internal sealed class TwilioOptions
{
    public const string AuthTokenSetting = "TWILIO_AUTH_TOKEN";
    public const string AccountSidSetting = "TWILIO_ACCOUNT_SID";
    public const string PhoneNumberSetting = "TWILIO_PHONE_NUMBER";

    /// <summary>Auth tokens that webhooks may be signed with: the primary one, and around a promotion the other as well.</summary>
    public IReadOnlyList<string> AuthTokens { get; set; } = [];

    /// <summary>Accounts whose webhooks are taken; empty: any that is signed with one of the tokens.</summary>
    public IReadOnlyList<string> AccountSids { get; set; } = [];

    /// <summary>Our numbers, in E.164 where they are telephone numbers; empty: any.</summary>
    public IReadOnlyList<string> PhoneNumbers { get; set; } = [];

    /// <summary>
    /// Whether a form is about one of our accounts. What names none is, and everything is while no account is configured.
    /// </summary>
    public bool IsOurAccount(FormBody? form) =>
        AccountSids.Count == 0 || form?.Word("AccountSid") is not { } account || AccountSids.Contains(account);
}

internal sealed class ValidateTwilioOptions(IHostEnvironment environment) : IValidateOptions<TwilioOptions>
{
    public ValidateOptionsResult Validate(string? name, TwilioOptions options) =>
        SecretList.Require(options.AuthTokens, TwilioOptions.AuthTokenSetting, environment);
}
