using JackAutomotive.WebhookApi.Messaging;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Features.Twilio;

/// <summary>What Twilio and we have agreed on.</summary>
internal sealed class TwilioOptions
{
    public const string AuthTokenSetting = "TWILIO_AUTH_TOKEN";

    /// <summary>Auth tokens that webhooks may be signed with: the primary one, and around a promotion the other as well.</summary>
    public IReadOnlyList<string> AuthTokens { get; set; } = [];
}

internal sealed class ValidateTwilioOptions(IHostEnvironment environment) : IValidateOptions<TwilioOptions>
{
    public ValidateOptionsResult Validate(string? name, TwilioOptions options) =>
        SecretList.Require(options.AuthTokens, TwilioOptions.AuthTokenSetting, environment);
}
