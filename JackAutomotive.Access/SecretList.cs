using Microsoft.Extensions.Options;

namespace JackAutomotive.Access;

/// <summary>
/// Reads a setting with one or more secrets, separated by commas. While a new secret replaces an old one, the setting contains both.
/// </summary>
public static class SecretList
{
    /// <summary>Splits a setting into its values. Spaces around a value and empty values are removed.</summary>
    /// <param name="setting">The text of the setting; null if it is missing.</param>
    /// <returns>The values in the order of the setting; empty if there is none.</returns>
    public static IReadOnlyList<string> Parse(string? setting) =>
        setting?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <summary>
    /// Validates that a setting has at least one secret. Without a secret the service does not start, except in the development environment,
    /// where the endpoint reports the missing setting.
    /// </summary>
    /// <param name="secrets">The parsed secrets.</param>
    /// <param name="setting">The name of the setting, for the error message.</param>
    /// <param name="environment">The environment in which the service runs.</param>
    public static ValidateOptionsResult Require(IReadOnlyList<string> secrets, string setting, IHostEnvironment environment) =>
        secrets.Count > 0 || environment.IsDevelopment()
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"The setting {setting} is missing. Signatures cannot be checked without it.");
}
