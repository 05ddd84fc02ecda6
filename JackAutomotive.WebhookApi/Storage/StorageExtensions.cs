using Amazon.Runtime;
using Amazon.S3;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Storage;

internal static class StorageExtensions
{
    /// <summary>The object store and what keeps it tidy.</summary>
    public static void AddStorage(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<StorageOptions>, ValidateStorageOptions>();
        builder.Services.AddOptionsWithValidateOnStart<StorageOptions>().Configure<IConfiguration>((options, configuration) =>
        {
            options.DataFolder = Given(configuration, "JACK_DATA_FOLDER") ?? StorageOptions.DefaultDataFolder();
            options.Store = Given(configuration, "OBJECT_STORE") ?? StorageOptions.Folder;
            options.Bucket = Given(configuration, "S3_BUCKET") ?? "";
            options.Endpoint = Given(configuration, "S3_ENDPOINT");
            options.Region = Given(configuration, "S3_REGION") ?? options.Region;
            options.AccessKey = Given(configuration, "S3_ACCESS_KEY");
            options.SecretKey = Given(configuration, "S3_SECRET_KEY");
        });

        builder.Services.AddSingleton<ObjectOwner>();
        builder.Services.AddHostedService<ReadObjectOwner>();
        builder.Services.AddSingleton(CreateClient);
        builder.Services.AddSingleton<IObjectStore>(services =>
            services.GetRequiredService<IOptions<StorageOptions>>().Value.Store == StorageOptions.S3
                ? ActivatorUtilities.CreateInstance<S3ObjectStore>(services)
                : ActivatorUtilities.CreateInstance<FolderObjectStore>(services));
        builder.Services.AddSingleton<UploadSpool>();
        builder.Services.AddSingleton<ObjectReferences>();
        builder.Services.AddSingleton<ObjectSweep>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ObjectSweep>());
    }

    private static IAmazonS3 CreateClient(IServiceProvider services) =>
        CreateClient(services.GetRequiredService<IOptions<StorageOptions>>().Value);

    internal static IAmazonS3 CreateClient(StorageOptions options)
    {
        var config = new AmazonS3Config
        {
            AuthenticationRegion = options.Region,

            // Checksums beyond those that S3 has always had are Amazon's own.
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

    private static string? Given(IConfiguration configuration, string name) => configuration[name] is { Length: > 0 } value ? value : null;
}
