using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Storage;

/// <summary>Where large objects are kept.</summary>
internal sealed class StorageOptions
{
    public const string Folder = "folder";
    public const string S3 = "s3";

    /// <summary>
    /// Setting JACK_DATA_FOLDER: for objects, unless they go elsewhere, for those on their way in, and for deliveries that wait for
    /// Postgres. By default the user's state folder: <c>$XDG_STATE_HOME/jackautomotive</c>, <c>~/.local/state/jackautomotive</c>.
    /// </summary>
    public string DataFolder { get; set; } = "";

    /// <summary>Setting OBJECT_STORE: <see cref="Folder"/>, the default, or <see cref="S3"/>.</summary>
    public string Store { get; set; } = Folder;

    /// <summary>Setting S3_BUCKET: has to exist.</summary>
    public string Bucket { get; set; } = "";

    /// <summary>Setting S3_ENDPOINT: the address of a server other than Amazon's; buckets are part of the path there.</summary>
    public string? Endpoint { get; set; }

    /// <summary>Setting S3_REGION.</summary>
    public string Region { get; set; } = "us-east-1";

    /// <summary>Setting S3_ACCESS_KEY; without it and the secret, what the machine has to show to Amazon is used.</summary>
    public string? AccessKey { get; set; }

    /// <summary>Setting S3_SECRET_KEY.</summary>
    public string? SecretKey { get; set; }

    public static string DefaultDataFolder()
    {
        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } configured
            ? configured
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
        return Path.Combine(state, "jackautomotive");
    }
}

internal sealed class ValidateStorageOptions : IValidateOptions<StorageOptions>
{
    public ValidateOptionsResult Validate(string? name, StorageOptions options) => options switch
    {
        { Store: not (StorageOptions.Folder or StorageOptions.S3) } => ValidateOptionsResult.Fail("OBJECT_STORE must be 'folder' or 's3'."),
        { Store: StorageOptions.S3, Bucket: "" } => ValidateOptionsResult.Fail("With OBJECT_STORE=s3 the setting S3_BUCKET is needed."),
        { Endpoint: { } endpoint } when !Uri.TryCreate(endpoint, UriKind.Absolute, out _) =>
            ValidateOptionsResult.Fail("S3_ENDPOINT must be an absolute address, such as http://localhost:9000."),
        _ => ValidateOptionsResult.Success,
    };
}
