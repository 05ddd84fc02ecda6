using Microsoft.Extensions.Options;

namespace JackAutomotive.Contract;

/// <summary>Secrets as a setting gives them: several, separated by commas, while one replaces the other.</summary>
internal static class SecretList
{
    public static IReadOnlyList<string> Parse(string? setting) =>
        setting?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <summary>
    /// Without its secret a service does not start, except on a developer's machine, where the endpoint says what is missing.
    /// </summary>
    public static ValidateOptionsResult Require(IReadOnlyList<string> secrets, string setting, IHostEnvironment environment) =>
        secrets.Count > 0 || environment.IsDevelopment()
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"The setting {setting} is missing: without it no signature can be checked.");
}
