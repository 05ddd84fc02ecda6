namespace JackAutomotive.WebhookApi.Intake;

internal static class WebhookRoutes
{
    private static readonly string[] s_healthMethods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>
    /// Maps a webhook: POST stores signed deliveries, and so does a GET that carries one, if the provider sends such; every other GET, and HEAD,
    /// report the webhook's health.
    /// </summary>
    /// <typeparam name="TScheme">The provider's signature scheme; a registered service.</typeparam>
    /// <param name="routes">The builder that receives the route.</param>
    /// <param name="route">The webhook's full route.</param>
    /// <param name="endpoint">The webhook's topic, secret and limits.</param>
    /// <param name="identify">Reads the identity of a delivery from a request.</param>
    public static void MapWebhook<TScheme>(
        this IEndpointRouteBuilder routes, string route, WebhookEndpoint endpoint, IdentifyDelivery identify)
        where TScheme : SignatureScheme =>
        routes.Map(route, endpoint, services =>
        {
            var scheme = services.GetRequiredService<TScheme>();
            return (scheme, new StoringReceiver(services.GetRequiredService<WebhookIntake>(), identify, scheme.Accepted));
        });

    /// <summary>Maps a webhook that needs its own receiver, because it does more than store the delivery.</summary>
    /// <typeparam name="TScheme">The provider's signature scheme; a registered service.</typeparam>
    /// <typeparam name="TReceiver">Processes verified requests; a registered service.</typeparam>
    /// <param name="routes">The builder that receives the route.</param>
    /// <param name="route">The webhook's full route.</param>
    /// <param name="endpoint">The webhook's topic, secret and limits.</param>
    public static void MapWebhook<TScheme, TReceiver>(this IEndpointRouteBuilder routes, string route, WebhookEndpoint endpoint)
        where TScheme : SignatureScheme
        where TReceiver : class, IWebhookReceiver =>
        routes.Map(route, endpoint, services => (services.GetRequiredService<TScheme>(), services.GetRequiredService<TReceiver>()));

    private static void Map(
        this IEndpointRouteBuilder routes,
        string route,
        WebhookEndpoint endpoint,
        Func<IServiceProvider, (SignatureScheme Scheme, IWebhookReceiver Receiver)> resolve)
    {
        // The gate is built on first use. If it were built while routes are mapped, an invalid setting would end the program without the host's
        // log line that names the setting.
        var gate = new Lazy<WebhookGate>(() =>
        {
            var (scheme, receiver) = resolve(routes.ServiceProvider);
            return ActivatorUtilities.CreateInstance<WebhookGate>(routes.ServiceProvider, endpoint, scheme, receiver);
        });

        routes.MapPost(route, InvokeAsync).Add(builder =>
        {
            builder.Metadata.Add(endpoint);
            builder.Metadata.Add(gate.Value);
        });
        routes.MapMethods(route, s_healthMethods, async (HttpContext context, WebhookHealth health, CancellationToken cancellationToken) =>
        {
            if (gate.Value.IsDelivery(context.Request))
            {
                await gate.Value.InvokeAsync(context);
                return;
            }

            var report = await health.AnswerAsync(endpoint, gate.Value.MissingSetting, cancellationToken);
            await report.ExecuteAsync(context);
        });

        Task InvokeAsync(HttpContext context) => gate.Value.InvokeAsync(context);
    }
}
