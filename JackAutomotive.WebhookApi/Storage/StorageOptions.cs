using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Storage;

/// <summary>Options of the local data folder and the object store.</summary>
internal sealed class StorageOptions
{
    public const string Folder = "folder";
    public const string S3 = "s3";

    /// <summary>
    /// Setting JACK_DATA_FOLDER: the folder that contains objects (unless S3 stores them), incomplete uploads, and deliveries that wait for
    /// Postgres. The default is <c>$XDG_STATE_HOME/jackautomotive</c>, or else <c>~/.local/state/jackautomotive</c>.
    /// </summary>
    public string DataFolder { get; set; } = "";

    /// <summary>Setting OBJECT_STORE: <see cref="Folder"/> or <see cref="S3"/>. The default is <see cref="Folder"/>.</summary>
    public string Store { get; set; } = Folder;

    /// <summary>Setting S3_BUCKET: the name of the bucket. The bucket must exist.</summary>
    public string Bucket { get; set; } = "";

    /// <summary>Setting S3_ENDPOINT: the URL of an S3-compatible server other than Amazon's. The bucket is then a part of the URL's path.</summary>
    public string? Endpoint { get; set; }

    /// <summary>Setting S3_REGION: the region of the bucket.</summary>
    public string Region { get; set; } = "us-east-1";

    /// <summary>Setting S3_ACCESS_KEY. Without this key and the secret key, the AWS SDK uses the credentials of the machine.</summary>
    public string? AccessKey { get; set; }

    /// <summary>Setting S3_SECRET_KEY: the secret of the access key.</summary>
    public string? SecretKey { get; set; }

    /// <summary>
    /// Setting S3_STALL_TIMEOUT: the time without any progress after which a transfer is given up. A slow transfer that moves has no limit.
    /// </summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(60);

    public static string FindDefaultDataFolder()
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
        { StallTimeout: var stall } when stall < TimeSpan.FromSeconds(1) || stall > TimeSpan.FromHours(1) =>
            ValidateOptionsResult.Fail("S3_STALL_TIMEOUT must be from 00:00:01 to 01:00:00."),
        _ => ValidateOptionsResult.Success,
    };
}
