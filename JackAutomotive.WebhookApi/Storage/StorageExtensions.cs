namespace JackAutomotive.WebhookApi.Storage;

internal static class StorageExtensions
{
    /// <summary>The object store and what keeps it tidy.</summary>
    public static void AddStorage(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<StorageOptions>().Configure<IConfiguration>((options, configuration) =>
            options.DataFolder = configuration["JACK_DATA_FOLDER"] is { Length: > 0 } folder ? folder : StorageOptions.DefaultDataFolder());

        builder.Services.AddSingleton<IObjectStore, FolderObjectStore>();
        builder.Services.AddSingleton<UploadSpool>();
        builder.Services.AddSingleton<ObjectReferences>();
        builder.Services.AddSingleton<ObjectSweep>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ObjectSweep>());
    }
}
