using JackAutomotive.WebhookApi.Inbox;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>Reads the identity of a delivery from a verified request. Each webhook has its own pure function.</summary>
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
    public async Task<IResult> ReceiveAsync(VerifiedWebhook webhook)
    {
        var acceptance = await intake.AcceptAsync(webhook, identify(webhook));
        return acceptance.IsDurable() ? accepted : Problems.StorageUnavailable(webhook.Context.Response, acceptance);
    }
}
