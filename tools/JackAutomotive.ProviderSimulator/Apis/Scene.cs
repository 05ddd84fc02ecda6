using JackAutomotive.ProviderSimulator.Posting;

namespace JackAutomotive.ProviderSimulator.Apis;

/// <summary>Something that happens after an accepted request.</summary>
/// <param name="At">The time of the event, counted from the acceptance of the request.</param>
/// <param name="Webhook">The webhook that reports the event; null if the provider reports nothing.</param>
internal sealed record Scene(TimeSpan At, Webhook? Webhook = null)
{
    /// <summary>Changes the provider's own record. The webhook is posted afterwards.</summary>
    public Action Happens { get; init; } = () => { };

    /// <summary>True if the provider posts the webhook again after a 429, a 503 or no answer.</summary>
    public bool IsRetried { get; init; }
}
