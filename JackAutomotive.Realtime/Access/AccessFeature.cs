using JackAutomotive.Contract;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace JackAutomotive.Realtime.Access;

/// <summary>Marks a route that holds its connection open: these are limited in number, and may be opened with <c>?access_token=</c>.</summary>
internal sealed class StreamRoute;

/// <summary>
/// Marks a route whose handler itself asks <see cref="Viewer.MayWatch"/>. Without the mark a token that names leads opens only routes
/// with one of them as <c>{leadId}</c>, so that a new route shows nobody too much.
/// </summary>
internal sealed class HandlerChecksLeads;

/// <summary>Who may watch what, from where, and how many at a time.</summary>
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
        builder.Services.AddSingleton<IHttpContextFactory, QueryTokenContextFactory>();

        builder.Services.AddAuthentication(Scheme)
            .AddScheme<AuthenticationSchemeOptions, StreamTokenHandler>(StreamTokenHandler.Scheme, null)
            .AddPolicyScheme(Scheme, null, options => options.ForwardDefaultSelector = context =>
                StreamTokenHandler.FindToken(context) is null ? ApiKeys.Scheme : StreamTokenHandler.Scheme);

        // Here whoever may read is a program with a key, or a browser with a token for that lead.
        builder.Services.AddSingleton<IAuthorizationHandler, LeadAllowedHandler>();
        builder.Services.AddAuthorizationBuilder().AddPolicy(ApiKeys.Read, policy => policy
            .AddAuthenticationSchemes(Scheme)
            .RequireClaim(ApiKeys.ScopeClaim, ApiKeys.Read)
            .AddRequirements(new LeadAllowed()));
    }

    /// <summary>
    /// In this order: whatever is answered, a page of an allowed origin can read it; what is too much is turned away before anything is
    /// done for it; whose it is has to be known before it is counted as theirs.
    /// </summary>
    public static void UseAccess(this WebApplication app)
    {
        app.UseCors();
        app.UseMiddleware<ConnectionGate>();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseMiddleware<ViewerGate>();
    }

    /// <summary>Makes these routes streams: limited in number, open to pages of the allowed origins.</summary>
    public static TBuilder AsStreams<TBuilder>(this TBuilder routes)
        where TBuilder : IEndpointConventionBuilder =>
        routes.WithMetadata(new StreamRoute()).RequireCors(AllowedOrigins.Policy);

    /// <summary>True for routes marked by <see cref="AsStreams"/>.</summary>
    public static bool IsStream(this HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<StreamRoute>() is not null;
}
