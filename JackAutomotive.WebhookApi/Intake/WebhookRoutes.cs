namespace JackAutomotive.WebhookApi.Intake;

internal static class WebhookRoutes
{
    private static readonly string[] s_healthMethods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>
    /// Maps a webhook: POST stores what the provider signed, GET and HEAD say how the webhook is doing.
    /// </summary>
    /// <typeparam name="TScheme">How the provider signs; a registered service.</typeparam>
    /// <param name="routes">Where the route is added.</param>
    /// <param name="route">The webhook's full route.</param>
    /// <param name="endpoint">What the webhook accepts.</param>
    /// <param name="identify">Reads which event a request delivers.</param>
    public static void MapWebhook<TScheme>(
        this IEndpointRouteBuilder routes, string route, WebhookEndpoint endpoint, IdentifyDelivery identify)
        where TScheme : SignatureScheme
    {
        var scheme = routes.ServiceProvider.GetRequiredService<TScheme>();
        var intake = routes.ServiceProvider.GetRequiredService<WebhookIntake>();
        routes.Map(route, endpoint, scheme, new StoringReceiver(intake, identify, scheme.Accepted));
    }

    /// <summary>Maps a webhook whose answer is more than "stored".</summary>
    /// <typeparam name="TScheme">How the provider signs; a registered service.</typeparam>
    /// <typeparam name="TReceiver">Processes verified requests; a registered service.</typeparam>
    /// <param name="routes">Where the route is added.</param>
    /// <param name="route">The webhook's full route.</param>
    /// <param name="endpoint">What the webhook accepts.</param>
    public static void MapWebhook<TScheme, TReceiver>(this IEndpointRouteBuilder routes, string route, WebhookEndpoint endpoint)
        where TScheme : SignatureScheme
        where TReceiver : class, IWebhookReceiver =>
        routes.Map(
            route,
            endpoint,
            routes.ServiceProvider.GetRequiredService<TScheme>(),
            routes.ServiceProvider.GetRequiredService<TReceiver>());

    private static void Map(
        this IEndpointRouteBuilder routes, string route, WebhookEndpoint endpoint, SignatureScheme scheme, IWebhookReceiver receiver)
    {
        var gate = ActivatorUtilities.CreateInstance<WebhookGate>(routes.ServiceProvider, endpoint, scheme, receiver);
        routes.MapPost(route, gate.InvokeAsync).WithMetadata(gate);
        routes.MapMethods(route, s_healthMethods, (WebhookHealth health, CancellationToken cancellationToken) =>
            health.AnswerAsync(endpoint, scheme, cancellationToken));
    }
}
