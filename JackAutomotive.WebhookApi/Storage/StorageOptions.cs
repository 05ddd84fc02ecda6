namespace JackAutomotive.WebhookApi.Storage;

/// <summary>Where large objects are kept.</summary>
internal sealed class StorageOptions
{
    /// <summary>
    /// Setting JACK_DATA_FOLDER: for the objects themselves, unless they go elsewhere, and for those on their way in. By default the
    /// user's state folder: <c>$XDG_STATE_HOME/jackautomotive</c>, <c>~/.local/state/jackautomotive</c>.
    /// </summary>
    public string DataFolder { get; set; } = "";

    public static string DefaultDataFolder()
    {
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } configured
            ? configured
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        return Path.Combine(state, "jackautomotive");
    }
}
