using JackAutomotive.Contract;
using Microsoft.AspNetCore.Mvc;

namespace JackAutomotive.WebhookApi.Features.Access;

internal static class AccessFeature
{
    private const long MaxBodyBytes = 64 * 1024;

    /// <summary>API keys, the one that a developer's machine is given, and the tokens that are made for browsers.</summary>
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
