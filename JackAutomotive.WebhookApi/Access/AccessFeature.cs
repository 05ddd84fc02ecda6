using JackAutomotive.Access;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Access;

internal static class AccessFeature
{
    private const long MaxBodyBytes = 64 * 1024;

    /// <summary>Adds API keys, the API key of a development machine, and stream tokens for browsers.</summary>
    public static void AddAccess(this IHostApplicationBuilder builder)
    {
        builder.AddApiKeys();
        builder.AddStreamTokens();
        builder.Services.AddSingleton<IValidateOptions<DevelopmentApiKeyOptions>, ValidateDevelopmentApiKeyOptions>();
        builder.Services.AddOptionsWithValidateOnStart<DevelopmentApiKeyOptions>().Configure<IConfiguration>((options, configuration) =>
            options.Keys = SecretList.Parse(configuration[DevelopmentApiKeyOptions.Setting]));
        builder.Services.AddHostedService<DevelopmentApiKey>();
    }

    public static void MapAccess(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/stream-tokens", CreateStreamToken.Handle)
            .WithTags("Access")
            .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes))
            .RequireAuthorization(ApiKeys.Read);
}
