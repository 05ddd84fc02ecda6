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

    /// <summary>The token that signs the webhooks.</summary>
    /// <exception cref="SettingMissingException">The token is not configured.</exception>
    public string SigningToken => SettingMissingException.RequireFirst(AuthToken, "TWILIO_AUTH_TOKEN", "sign Twilio's webhooks");
}

[OptionsValidator]
internal sealed partial class ValidateTwilioOptions : IValidateOptions<TwilioOptions>;
