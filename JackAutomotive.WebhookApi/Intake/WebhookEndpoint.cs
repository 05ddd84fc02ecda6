using JackAutomotive.WebhookApi.Messaging.LargeBodies;

namespace JackAutomotive.WebhookApi.Messaging;

/// <summary>What one webhook route is, attached to it as metadata.</summary>
/// <param name="Source">The provider: part of what makes a delivery's key unique.</param>
/// <param name="Topic">One of <see cref="Topics"/>: says who handles what arrives here.</param>
/// <param name="SecretSetting">The setting that holds what its deliveries are signed with; several secrets are good at a time.</param>
/// <param name="MaxBodyBytes">A longer body is answered 413, unless it may be large.</param>
/// <param name="Large">What is taken beyond that, read into the object store instead of memory; null for nothing.</param>
internal sealed record WebhookEndpoint(string Source, string Topic, string SecretSetting, long MaxBodyBytes, LargeBodyLimits? Large = null)
{
    /// <summary>The longest body that is taken.</summary>
    public long MaxAnyBodyBytes => Large?.MaxRawBytes ?? MaxBodyBytes;

    /// <summary>The endpoint that a request was routed to.</summary>
    /// <exception cref="InvalidOperationException">The route was mapped without one.</exception>
    public static WebhookEndpoint Of(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<WebhookEndpoint>()
        ?? throw new InvalidOperationException($"The route {context.Request.Path} has no {nameof(WebhookEndpoint)}.");
}

internal static class WebhookEndpointExtensions
{
    /// <summary>
    /// Makes a route a webhook: requests reach its handler only through a <see cref="WebhookGate"/>, which hands it the verified
    /// <see cref="WebhookBody"/>.
    /// </summary>
    /// <typeparam name="TScheme">How the provider signs; a registered service.</typeparam>
    public static RouteHandlerBuilder AsWebhook<TScheme>(this RouteHandlerBuilder route, WebhookEndpoint endpoint)
        where TScheme : SignatureScheme
    {
        // Around the handler's own delegate and not as an endpoint filter: filters run after the body has been read.
        route.Add(builder =>
        {
            var scheme = builder.ApplicationServices.GetRequiredService<TScheme>();
            var gate = ActivatorUtilities.CreateInstance<WebhookGate>(
                builder.ApplicationServices, endpoint, scheme, builder.RequestDelegate!);
            builder.Metadata.Add(endpoint);
            builder.Metadata.Add(gate);
            builder.RequestDelegate = gate.InvokeAsync;
        });
        return route;
    }
}
