using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Telemetry;

namespace JackAutomotive.WebhookApi.Identification;

/// <summary>
/// Finds the lead of a call or a conversation. The strongest clue decides, in the order of <see cref="ClueNames"/>: the lead id that the
/// agent received from us, the conversation, the telephone call or another leg of it, an address that a provider states, and last what the
/// caller said. A weaker clue that names another lead is recorded as a contradiction.
/// </summary>
internal sealed partial class LeadMatcher(LeadStore leads, WebhookApiMetrics metrics, ILogger<LeadMatcher> logger)
{
    /// <summary>Finds or creates the lead. Without any clue, the lead is new and has no address.</summary>
    public async Task<LeadMatch> FindOrCreateAsync(UnitOfWork work, LeadClues clues, CancellationToken cancellationToken)
    {
        if (await TryFindOrCreateAsync(work, clues, cancellationToken) is { } match)
        {
            return match;
        }

        var lead = await leads.CreateAsync(work, cancellationToken);
        LeadEvents.RaiseCreated(work, lead, address: null, isClaimed: false, clues.Channel, clues.At);
        return new LeadMatch(lead, ClueNames.None);
    }

    /// <summary>
    /// Finds the lead, or creates a lead with the strongest address of the clues. Returns null if no clue identifies a lead and the clues
    /// contain no address.
    /// </summary>
    public async Task<LeadMatch?> TryFindOrCreateAsync(UnitOfWork work, LeadClues clues, CancellationToken cancellationToken)
    {
        var match = Weigh(null, ClueNames.LeadId, await FindByIdAsync(work, clues.LeadIds, cancellationToken));
        match = Weigh(match, ClueNames.Conversation, await ConversationStore.FindLeadAsync(work, clues.ConversationId, cancellationToken));
        match = Weigh(match, ClueNames.Call, await FindByCallAsync(work, clues.CallSid, cancellationToken));
        foreach (var clue in clues.Addresses.Where(clue => !clue.IsClaimed))
        {
            match = match is null
                ? await FindOrCreateByAddressAsync(work, clue, clues, cancellationToken)
                : Weigh(match, clue.Name, await LeadStore.FindAsync(work, clue.Address, cancellationToken));
        }

        if (match is null && clues.Addresses.FirstOrDefault(clue => clue.IsClaimed) is { } claimed)
        {
            return await FindOrCreateByAddressAsync(work, claimed, clues, cancellationToken);
        }

        if (match is { Contradictions: [var first, ..] contradictions })
        {
            metrics.CountContradiction(first.Clue);
            LogContradiction(match.MatchedBy, match.Lead, string.Join(", ", contradictions.Select(other => $"{other.Clue}: {other.LeadId}")));
        }

        return match;
    }

    /// <summary>Finds the lead of a telephone call by the conversations and the leads of the call and of its other legs.</summary>
    public static async Task<LeadId?> FindByCallAsync(UnitOfWork work, string? callSid, CancellationToken cancellationToken)
    {
        if (callSid is null)
        {
            return null;
        }

        if (await FindByOneCallAsync(work, callSid, cancellationToken) is { } lead)
        {
            return lead;
        }

        foreach (var relative in await CallStore.FindRelativesAsync(work, callSid, cancellationToken))
        {
            if (await FindByOneCallAsync(work, relative, cancellationToken) is { } leadOfRelative)
            {
                return leadOfRelative;
            }
        }

        return null;
    }

    // The first clue decides. A later clue that names another lead contradicts it.
    private static LeadMatch? Weigh(LeadMatch? match, string clue, LeadId? lead) => (match, lead) switch
    {
        (_, null) => match,
        (null, { } found) => new LeadMatch(found, clue),
        ({ } decided, { } other) when decided.Lead == other || decided.Contradictions.Any(known => known.LeadId == other.Value) => decided,
        ({ } decided, { } other) => decided with { Contradictions = [.. decided.Contradictions, new Contradiction(clue, other.Value)] },
    };

    private static async Task<LeadId?> FindByIdAsync(UnitOfWork work, IReadOnlyList<string?> ids, CancellationToken cancellationToken)
    {
        foreach (var id in ids)
        {
            if (LeadId.TryParse(id, null, out var lead) && await LeadStore.ExistsAsync(work, lead, cancellationToken))
            {
                return lead;
            }
        }

        return null;
    }

    private static async Task<LeadId?> FindByOneCallAsync(UnitOfWork work, string callSid, CancellationToken cancellationToken) =>
        await ConversationStore.FindLeadOfCallAsync(work, callSid, cancellationToken)
        ?? await CallStore.FindLeadAsync(work, callSid, cancellationToken);

    private async Task<LeadMatch> FindOrCreateByAddressAsync(
        UnitOfWork work,
        AddressClue clue,
        LeadClues clues,
        CancellationToken cancellationToken)
    {
        var (lead, isNew) = await leads.FindOrCreateAsync(work, clue.Address, clue.IsClaimed, cancellationToken);
        if (isNew)
        {
            LeadEvents.RaiseCreated(work, lead, clue.Address, clue.IsClaimed, clues.Channel, clues.At);
        }

        return new LeadMatch(lead, clue.Name);
    }

    [LoggerMessage(LogLevel.Warning, "The clues contradict each other: the {Clue} decides for the lead {Lead}, against {Others}")]
    private partial void LogContradiction(string clue, LeadId lead, string others);
}
