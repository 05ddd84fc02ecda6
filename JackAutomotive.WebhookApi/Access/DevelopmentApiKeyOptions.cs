using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Access;

/// <summary>The API keys of the setting JACK_API_KEY. They permit everything.</summary>
internal sealed class DevelopmentApiKeyOptions
{
    public const string Setting = "JACK_API_KEY";

    /// <summary>The minimum length of a key outside Development, in characters.</summary>
    public const int MinLength = 32;

    /// <summary>The minimum number of different characters of a key outside Development, so that nobody guesses the key.</summary>
    public const int MinDistinct = 8;

    /// <summary>The maximum length of a key, in characters. No request with a longer key is authenticated.</summary>
    public const int MaxLength = 256;

    /// <summary>The keys; empty if the setting is missing.</summary>
    public IReadOnlyList<string> Keys { get; set; } = [];
}

/// <summary>
/// Validates that a header can carry every key and, outside Development, that nobody can guess a key. The message never shows a key.
/// </summary>
internal sealed class ValidateDevelopmentApiKeyOptions(IHostEnvironment environment) : IValidateOptions<DevelopmentApiKeyOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, DevelopmentApiKeyOptions options)
    {
        if (!options.Keys.All(FitsIntoHeader))
        {
            return Fail($"holds a key that no request can send. A key has up to {DevelopmentApiKeyOptions.MaxLength} ASCII characters and no space.");
        }

        return environment.IsDevelopment() || options.Keys.All(IsHardToGuess)
            ? ValidateOptionsResult.Success
            : Fail(
                $"holds a key that is easy to guess. Outside Development a key has at least {DevelopmentApiKeyOptions.MinLength} characters, of "
                + $"which {DevelopmentApiKeyOptions.MinDistinct} are different. Make one with: openssl rand -hex 32");
    }

    private static bool FitsIntoHeader(string key) =>
        key.Length <= DevelopmentApiKeyOptions.MaxLength && key.All(c => char.IsAscii(c) && !char.IsControl(c) && c != ' ');

    private static bool IsHardToGuess(string key) =>
        key.Length >= DevelopmentApiKeyOptions.MinLength && key.Distinct().Count() >= DevelopmentApiKeyOptions.MinDistinct;

    private static ValidateOptionsResult Fail(string reason) =>
        ValidateOptionsResult.Fail($"The setting {DevelopmentApiKeyOptions.Setting} {reason}");
}
