using JackAutomotive.Access;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace JackAutomotive.Realtime.Access;

/// <summary>Marks a stream route. Its open requests count against the connection limits, and it accepts <c>?access_token=</c>.</summary>
internal sealed class StreamRoute;

/// <summary>
/// Marks a route that a token for named leads may request although the route has no <c>{leadId}</c>: the handler itself calls
/// <see cref="Viewer.MayWatch"/>, or the route shows no lead. Without this mark, such a token opens only routes whose <c>{leadId}</c> is one
/// of its leads, so a new route cannot expose other leads by mistake.
/// </summary>
internal sealed class AcceptsLeadTokens;

/// <summary>Registers authentication, authorization, CORS and the connection limits of the streams.</summary>
internal static class AccessFeature
{
    private const string Scheme = "Viewer";

    public static void AddAccess(this IHostApplicationBuilder builder)
    {
        builder.AddApiKeys();
        builder.AddStreamTokens();
        builder.AddAllowedOrigins();
        builder.Services.AddSingleton<AccessMetrics>();
        builder.AddConnectionLimits();
        builder.Services.AddSingleton<TokenExpiry>();
        builder.Services.AddHostedService(services => services.GetRequiredService<TokenExpiry>());
        builder.Services.AddSingleton<KeyRevocation>();
        builder.Services.AddHostedService(services => services.GetRequiredService<KeyRevocation>());
        builder.Services.AddSingleton<IHttpContextFactory, QueryTokenContextFactory>();

        builder.Services.AddAuthentication(Scheme)
            .AddScheme<AuthenticationSchemeOptions, StreamTokenHandler>(StreamTokenHandler.Scheme, null)
            .AddPolicyScheme(Scheme, null, options => options.ForwardDefaultSelector = context =>
                StreamTokenHandler.FindToken(context) is null ? ApiKeys.Scheme : StreamTokenHandler.Scheme);

        // This service overrides the read policy: it accepts a program with an API key, and a browser with a token for the lead.
        builder.Services.AddSingleton<IAuthorizationHandler, LeadAllowedHandler>();
        builder.Services.AddAuthorizationBuilder().AddPolicy(ApiKeys.Read, policy => policy
            .AddAuthenticationSchemes(Scheme)
            .RequireClaim(ApiKeys.ScopeClaim, ApiKeys.Read)
            .AddRequirements(new LeadAllowedRequirement()));
    }

    /// <summary>
    /// Adds the middleware. The order matters: CORS comes first, so that a page of an allowed origin can read every answer. The limits come
    /// after authorization, so that only viewers count against them.
    /// </summary>
    public static void UseAccess(this WebApplication app)
    {
        app.UseCors();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseMiddleware<StreamGate>();
    }

    /// <summary>Marks these routes as streams: the connection limits apply, and pages of the allowed origins may open them.</summary>
    public static TBuilder AsStreams<TBuilder>(this TBuilder routes)
        where TBuilder : IEndpointConventionBuilder =>
        routes.WithMetadata(new StreamRoute()).RequireCors(AllowedOrigins.Policy);

    /// <summary>Returns true for a request to a route that <see cref="AsStreams"/> marked.</summary>
    public static bool IsStream(this HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<StreamRoute>() is not null;
}
