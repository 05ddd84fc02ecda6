using JackAutomotive.WebhookApi.Inbox;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>A webhook request whose signature is valid.</summary>
/// <param name="Context">The request and its response.</param>
/// <param name="Endpoint">The webhook that received the request.</param>
/// <param name="Body">The bytes that the provider signed.</param>
/// <param name="Content">The content that the signature scheme parsed from the body during verification, or null.</param>
internal sealed record VerifiedWebhook(HttpContext Context, WebhookEndpoint Endpoint, WebhookBody Body, object? Content)
{
    /// <summary>
    /// The identity of a delivery whose body names no event. Repeated copies of the same body then still count as one delivery.
    /// </summary>
    public string BodyIdentity => $"sha256:{Convert.ToHexStringLower(Body.ComputeHash())}";
}

/// <summary>Reads from a verified request which event it delivers. A pure function: one for each webhook.</summary>
internal delegate DeliveryIdentity IdentifyDelivery(VerifiedWebhook webhook);

/// <summary>Receives the verified requests of one webhook.</summary>
internal interface IWebhookReceiver
{
    /// <summary>Processes a request and returns the answer.</summary>
    Task<IResult> ReceiveAsync(VerifiedWebhook webhook);
}

/// <summary>The receiver of most webhooks: stores the delivery, then sends the answer that the provider treats as success.</summary>
internal sealed class StoringReceiver(WebhookIntake intake, IdentifyDelivery identify, IResult accepted) : IWebhookReceiver
{
    /// <inheritdoc/>
    public async Task<IResult> ReceiveAsync(VerifiedWebhook webhook) =>
        await intake.AcceptAsync(webhook, identify(webhook)) == Acceptance.Unavailable
            ? Problems.StorageUnavailable(webhook.Context.Response)
            : accepted;
}
