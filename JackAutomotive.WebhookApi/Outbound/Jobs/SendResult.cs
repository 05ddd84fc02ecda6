using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Outbound.Jobs;

/// <summary>What a provider did with a text or a call.</summary>
internal abstract record SendResult
{
    /// <summary>The provider has accepted it.</summary>
    /// <param name="ProviderId">The MessageSid of a text, the conversation id of a call; null for a call that only Twilio knows.</param>
    /// <param name="CallSid">Twilio's id of a call.</param>
    /// <param name="Status">The provider's first status.</param>
    /// <param name="From">Our number or other sender.</param>
    internal sealed record Accepted(string? ProviderId, string? CallSid, string? Status, string? From) : SendResult;

    /// <summary>The provider has refused it and has done nothing.</summary>
    /// <param name="Code">The provider's error code, if it gave one.</param>
    /// <param name="Reason">The reason in words, without personal data.</param>
    /// <param name="NeedsPerson">Whether every other text or call would be refused too, as with a wrong key.</param>
    internal sealed record Refused(string? Code, string Reason, bool NeedsPerson = false) : SendResult;

    /// <summary>The provider has too much to do and has done nothing.</summary>
    /// <param name="RetryAfter">When it wants to be asked again; null if it did not say.</param>
    internal sealed record Busy(TimeSpan? RetryAfter) : SendResult;

    /// <summary>The request did not reach the provider.</summary>
    internal sealed record NotSent(string Reason) : SendResult;

    /// <summary>The request may have reached the provider: the answer was lost, came too late, or was an error of the server.</summary>
    internal sealed record Unknown(string Reason) : SendResult;
}

/// <summary>Sends texts, or starts calls, at a provider.</summary>
internal interface IOutboundGateway
{
    /// <summary>One of <see cref="OutboundKinds"/>.</summary>
    string Kind { get; }

    /// <summary>The name of the provider, for alerts and metrics.</summary>
    string Provider { get; }

    /// <summary>The setting that is missing, without which nothing can be sent; null if there is none.</summary>
    string? MissingSetting { get; }

    /// <summary>Sends a text or starts a call. Never throws because of the provider.</summary>
    /// <param name="job">The job.</param>
    /// <param name="attempt">The number of the attempt.</param>
    /// <param name="cancellationToken">Cancels the preparation. A request that is under way is not cancelled.</param>
    Task<SendResult> SendAsync(OutboundJob job, int attempt, CancellationToken cancellationToken);

    /// <summary>
    /// Asks the provider for what may be the attempt: texts and calls to the same address since then with the same content, oldest first.
    /// </summary>
    /// <exception cref="ProviderLookupException">The provider does not answer.</exception>
    Task<IReadOnlyList<SendResult.Accepted>> FindAsync(OutboundJob job, OutboundAttempt attempt, CancellationToken cancellationToken);

    /// <summary>Returns whether an address is one of our own or of our staff, to which nothing is sent.</summary>
    bool IsOurs(ChannelAddress address);

    /// <summary>Returns why an agent cannot call; null if it can, or if the provider does not answer now.</summary>
    Task<string?> FindAgentErrorAsync(string? agentId, CancellationToken cancellationToken) => Task.FromResult<string?>(null);
}

/// <summary>A provider did not answer what became of an attempt.</summary>
internal sealed class ProviderLookupException(string reason, Exception? inner = null) : Exception(reason, inner);

/// <summary>Finds the gateway of a kind.</summary>
internal sealed class OutboundGateways(IEnumerable<IOutboundGateway> gateways)
{
    private readonly Dictionary<string, IOutboundGateway> _byKind = gateways.ToDictionary(gateway => gateway.Kind);

    public IOutboundGateway this[string kind] => _byKind[kind];
}
