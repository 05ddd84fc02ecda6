using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Retention;

internal static class RetentionFeature
{
    /// <summary>Adds the workers that delete old deliveries and unreferenced objects.</summary>
    public static void AddRetention(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<RetentionOptions>, ValidateRetentionOptions>();
        builder.Services.AddOptionsWithValidateOnStart<RetentionOptions>().BindConfiguration(RetentionOptions.SectionName);
        builder.Services.AddSingleton<RetentionWorker>();
        builder.Services.AddHostedService(services => services.GetRequiredService<RetentionWorker>());

        builder.Services.AddSingleton<ObjectReferences>();
        builder.Services.AddSingleton<ObjectSweep>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ObjectSweep>());
    }
}
