namespace JackAutomotive.ProviderSimulator;

/// <summary>A provider cannot be simulated because a setting is missing. The message names the setting and its purpose.</summary>
/// <param name="setting">The setting's name in the environment, such as <c>TWILIO_AUTH_TOKEN</c>.</param>
/// <param name="purpose">The purpose of the setting, as the end of the sentence "it is needed to …".</param>
internal sealed class SettingMissingException(string setting, string purpose)
    : Exception($"{setting} is not set; it is needed to {purpose}.")
{
    /// <summary>The setting's name in the environment.</summary>
    public string Setting { get; } = setting;

    /// <summary>Returns the first secret of a comma-separated list: the active secret while another one is being rotated in or out.</summary>
    /// <exception cref="SettingMissingException">The list contains no secret.</exception>
    public static string RequireFirst(string? list, string setting, string purpose) =>
        list?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is [var first, ..]
            ? first
            : throw new SettingMissingException(setting, purpose);
}
