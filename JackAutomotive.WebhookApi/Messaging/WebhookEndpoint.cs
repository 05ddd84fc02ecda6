namespace JackAutomotive.WebhookApi.Messaging;

/// <summary>What one webhook route is, attached to it as metadata.</summary>
/// <param name="Source">The provider: part of what makes a delivery's key unique.</param>
/// <param name="Topic">One of <see cref="Topics"/>: says who handles what arrives here.</param>
/// <param name="MaxBodyBytes">A longer body is answered 413.</param>
internal sealed record WebhookEndpoint(string Source, string Topic, long MaxBodyBytes)
{
    /// <summary>The endpoint that a request was routed to.</summary>
    /// <exception cref="InvalidOperationException">The route was mapped without one.</exception>
    public static WebhookEndpoint Of(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<WebhookEndpoint>()
        ?? throw new InvalidOperationException($"The route {context.Request.Path} has no {nameof(WebhookEndpoint)}.");
}
