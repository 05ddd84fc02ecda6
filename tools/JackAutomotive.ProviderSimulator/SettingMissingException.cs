namespace JackAutomotive.ProviderSimulator;

/// <summary>A provider cannot be played because a setting is missing. The message names the setting and says what it is for.</summary>
/// <param name="setting">The setting's name in the environment, such as <c>TWILIO_AUTH_TOKEN</c>.</param>
/// <param name="purpose">What it is needed for, as the end of the sentence "it is needed to …".</param>
internal sealed class SettingMissingException(string setting, string purpose)
    : Exception($"{setting} is not set; it is needed to {purpose}.")
{
    /// <summary>The setting's name in the environment.</summary>
    public string Setting { get; } = setting;

    /// <summary>The first of a comma-separated list of secrets: the one that is in use while another is being rotated in or out.</summary>
    /// <exception cref="SettingMissingException">There is none.</exception>
    public static string RequireFirst(string? list, string setting, string purpose) =>
        list?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [var first, ..]
            ? first
            : throw new SettingMissingException(setting, purpose);
}
