using JackAutomotive.Access;
using Microsoft.AspNetCore.Mvc;

namespace JackAutomotive.WebhookApi.Access;

internal static class AccessFeature
{
    private const long MaxBodyBytes = 64 * 1024;

    /// <summary>Adds API keys, the API key of a development machine, and stream tokens for browsers.</summary>
    public static void AddAccess(this IHostApplicationBuilder builder)
    {
        builder.AddApiKeys();
        builder.AddStreamTokens();
        if (builder.Configuration[DevelopmentApiKey.Setting] is { Length: > 0 } key)
        {
            builder.Services.AddHostedService(services => ActivatorUtilities.CreateInstance<DevelopmentApiKey>(services, key));
        }
    }

    public static void MapAccess(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/stream-tokens", CreateStreamToken.Handle)
            .WithTags("Access")
            .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes))
            .RequireAuthorization(ApiKeys.Read);
}
