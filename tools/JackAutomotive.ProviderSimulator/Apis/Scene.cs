using JackAutomotive.ProviderSimulator.Posting;

namespace JackAutomotive.ProviderSimulator.Apis;

/// <summary>Something that happens after an accepted request.</summary>
/// <param name="At">How long after the acceptance of the request the event happens.</param>
/// <param name="Webhook">The webhook that reports the event; null if the provider reports nothing.</param>
internal sealed record Scene(TimeSpan At, Webhook? Webhook = null)
{
    /// <summary>What changes in the provider's own record when the event happens. The webhook is posted afterwards.</summary>
    public Action Happens { get; init; } = () => { };

    /// <summary>True if the provider posts the webhook again after a 429, a 503 or no answer.</summary>
    public bool IsRetried { get; init; }
}
