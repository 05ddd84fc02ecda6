using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Posting;

internal static class PostingFeature
{
    public static void AddPosting(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<PostingOptions, ValidatePostingOptions>()
            .BindConfiguration(PostingOptions.SectionName)
            .Configure<IConfiguration>((options, configuration) =>
                options.PublicBaseUrl = configuration["PUBLIC_BASE_URL"] is { Length: > 0 } url ? url : null);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<SentLog>();
        builder.Services.AddSingleton<WebhookPost>();
        builder.Services.AddSingleton<Courier>();
    }

    /// <summary>Sets the address of a provider's client to the service that receives the webhooks.</summary>
    public static void PointToTarget(IServiceProvider services, HttpClient client)
    {
        var target = services.GetRequiredService<IOptions<PostingOptions>>().Value.Target;
        client.MaxResponseContentBufferSize = 1024 * 1024;
        client.BaseAddress = new Uri(target.AbsoluteUri.TrimEnd('/') + "/");
    }
}
