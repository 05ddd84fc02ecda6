using Amazon.Runtime;
using Amazon.S3;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Storage;

internal static class StorageExtensions
{
    /// <summary>Adds the object store.</summary>
    public static void AddStorage(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<StorageOptions>, ValidateStorageOptions>();
        builder.Services.AddOptionsWithValidateOnStart<StorageOptions>().Configure<IConfiguration>((options, configuration) =>
        {
            options.DataFolder = ReadSetting(configuration, "JACK_DATA_FOLDER") ?? StorageOptions.FindDefaultDataFolder();
            options.Store = ReadSetting(configuration, "OBJECT_STORE") ?? StorageOptions.Folder;
            options.Bucket = ReadSetting(configuration, "S3_BUCKET") ?? "";
            options.Endpoint = ReadSetting(configuration, "S3_ENDPOINT");
            options.Region = ReadSetting(configuration, "S3_REGION") ?? options.Region;
            options.AccessKey = ReadSetting(configuration, "S3_ACCESS_KEY");
            options.SecretKey = ReadSetting(configuration, "S3_SECRET_KEY");
            options.StallTimeout = configuration.GetValue("S3_STALL_TIMEOUT", options.StallTimeout);
        });

        builder.Services.AddSingleton<DataFolders>();
        builder.Services.AddSingleton(CreateClient);
        builder.Services.AddSingleton<IObjectStore>(services =>
            services.GetRequiredService<IOptions<StorageOptions>>().Value.Store == StorageOptions.S3
                ? ActivatorUtilities.CreateInstance<S3ObjectStore>(services)
                : ActivatorUtilities.CreateInstance<FolderObjectStore>(services));
        builder.Services.AddSingleton<UploadFolder>();
    }

    private static IAmazonS3 CreateClient(IServiceProvider services) =>
        CreateClient(services.GetRequiredService<IOptions<StorageOptions>>().Value);

    internal static IAmazonS3 CreateClient(StorageOptions options)
    {
        var config = new AmazonS3Config
        {
            AuthenticationRegion = options.Region,

            // The stores limit the time without progress instead. A limit on the whole request would end every slow transfer.
            Timeout = Timeout.InfiniteTimeSpan,

            // Not every S3-compatible server supports the newer checksums, which the client otherwise sends and expects by default.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint is { } endpoint)
        {
            (config.ServiceURL, config.ForcePathStyle) = (endpoint, true);
        }
        else
        {
            config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(options.Region);
        }

        return options is { AccessKey: { } key, SecretKey: { } secret }
            ? new AmazonS3Client(new BasicAWSCredentials(key, secret), config)
            : new AmazonS3Client(config);
    }

    private static string? ReadSetting(IConfiguration configuration, string name) => configuration[name] is { Length: > 0 } value ? value : null;
}
