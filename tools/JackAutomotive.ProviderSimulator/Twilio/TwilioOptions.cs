using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>The Twilio account that the simulator stands in for.</summary>
internal sealed class TwilioOptions
{
    /// <summary>Signs the webhooks. The simulator uses the first token of a comma-separated list.</summary>
    [ConfigurationKeyName("TWILIO_AUTH_TOKEN")]
    public string? AuthToken { get; set; }

    /// <summary>The account's id. The default also replaces an empty setting and belongs to no real account.</summary>
    [ConfigurationKeyName("TWILIO_ACCOUNT_SID")]
    [RegularExpression("AC[0-9a-fA-F]{32}", ErrorMessage = "TWILIO_ACCOUNT_SID must be AC and 32 hexadecimal digits.")]
    public string AccountSid { get; set => field = string.IsNullOrEmpty(value) ? field : value; } = "AC00000000000000000000000000005550";

    /// <summary>The dealership's number, in E.164. The default also replaces an empty setting and is fictional.</summary>
    [ConfigurationKeyName("TWILIO_PHONE_NUMBER")]
    [RegularExpression(PhoneNumbers.Pattern, ErrorMessage = "TWILIO_PHONE_NUMBER must be in E.164, such as +12025550100.")]
    public string PhoneNumber { get; set => field = string.IsNullOrEmpty(value) ? field : value; } = "+12025550100";

    /// <summary>The id of an API key, which authenticates at the API instead of the account and its token.</summary>
    [ConfigurationKeyName("TWILIO_API_KEY_SID")]
    public string? ApiKeySid { get; set; }

    /// <summary>The secret of the API key.</summary>
    [ConfigurationKeyName("TWILIO_API_KEY_SECRET")]
    public string? ApiKeySecret { get; set; }

    /// <summary>The messaging service; null or empty accepts the id of any service.</summary>
    [ConfigurationKeyName("TWILIO_MESSAGING_SERVICE_SID")]
    public string? MessagingServiceSid { get; set; }

    /// <summary>The token that signs the webhooks.</summary>
    /// <exception cref="SettingMissingException">The token is not configured.</exception>
    public string SigningToken => SettingMissingException.RequireFirst(AuthToken, "TWILIO_AUTH_TOKEN", "sign Twilio's webhooks");

    /// <summary>Returns whether the credentials are the account with one of its tokens, or the API key.</summary>
    public bool IsAllowed(string user, string password) => user == AccountSid
        ? (AuthToken ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Contains(password)
        : user.Length > 0 && user == ApiKeySid && password == ApiKeySecret;

    /// <summary>Returns whether the messaging service belongs to the account.</summary>
    public bool IsOurMessagingService(string sid) =>
        string.IsNullOrEmpty(MessagingServiceSid) ? sid is ['M', 'G', ..] && sid.Length == 34 : sid == MessagingServiceSid;
}

[OptionsValidator]
internal sealed partial class ValidateTwilioOptions : IValidateOptions<TwilioOptions>;
