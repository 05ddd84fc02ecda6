using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Identification.Unassigned;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Telemetry;

namespace JackAutomotive.WebhookApi.Identification;

/// <summary>
/// Finds the lead of a call or a conversation. The strongest clue decides, in the order of <see cref="ClueNames"/>: the lead id that the
/// agent received from us, the conversation, the telephone call or another leg of it, an address that a provider states, and last what the
/// caller said. A weaker clue that names another lead is recorded as a contradiction. Where equally strong clues name several leads, none
/// decides, see <see cref="MatchDecision"/>.
/// </summary>
internal sealed partial class LeadMatcher(
    LeadStore leads,
    UnassignedStore unassigned,
    WebhookApiMetrics metrics,
    ILogger<LeadMatcher> logger)
{
    /// <summary>Finds or creates the lead. Without any clue, the lead is new and has no address.</summary>
    public async Task<LeadMatch> FindOrCreateAsync(UnitOfWork work, LeadClues clues, CancellationToken cancellationToken)
    {
        if (await TryFindOrCreateAsync(work, clues, cancellationToken) is { } match)
        {
            return match;
        }

        return new LeadMatch(await CreateWithoutAddressAsync(work, clues, cancellationToken), ClueNames.None);
    }

    /// <summary>
    /// Finds the lead, or creates a lead with the strongest address of the clues. Returns null if no clue identifies a lead and the clues
    /// contain no address. If the clues are unclear, the contact gets a new lead of its own, and a person decides. A contact whose clues
    /// contradict each other is also listed for a person.
    /// </summary>
    /// <exception cref="ErasedDataException">The contact belonged to a lead that was erased.</exception>
    public async Task<LeadMatch?> TryFindOrCreateAsync(UnitOfWork work, LeadClues clues, CancellationToken cancellationToken)
    {
        var found = await ReadCluesAsync(work, clues, cancellationToken);
        switch (MatchDecision.From(found))
        {
            case MatchDecision.Decided decided:
                await ConfirmAddressesAsync(work, found, decided.Lead, cancellationToken);
                return await ReportAsync(
                    work, clues, found, new LeadMatch(decided.Lead, decided.Clue) { Contradictions = decided.Contradictions }, cancellationToken);

            case MatchDecision.NewLead created:
                var clue = clues.Addresses.First(clue => clue.Name == created.Clue);
                var match = await FindOrCreateByAddressAsync(work, clue, clues, cancellationToken);
                return await ReportAsync(work, clues, found, match with { Contradictions = created.Contradictions }, cancellationToken);

            case MatchDecision.Unclear unclear:
                var lead = await CreateWithoutAddressAsync(work, clues, cancellationToken);
                var own = new LeadMatch(lead, ClueNames.Unclear) { Contradictions = unclear.Candidates };
                LogUnclear(lead, string.Join(", ", unclear.Candidates.Select(candidate => $"{candidate.Clue}: {candidate.LeadId}")));
                metrics.CountContradiction(unclear.Candidates[0].Clue);
                await ListAsync(
                    work, clues, found, own, unclear.IsShared ? UnassignedReasons.SharedNumber : UnassignedReasons.Ambiguous, cancellationToken);
                return own;

            default:
                return clues.Addresses.FirstOrDefault(clue => clue.IsClaimed) is { } claimed
                    ? await FindOrCreateByAddressAsync(work, claimed, clues, cancellationToken)
                    : null;
        }
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

    // The clues that name a lead, and the addresses that no lead has yet, the strongest first.
    private static async Task<IReadOnlyList<ClueLeads>> ReadCluesAsync(UnitOfWork work, LeadClues clues, CancellationToken cancellationToken)
    {
        var found = new List<ClueLeads>();
        Add(ClueNames.LeadId, await FindByIdAsync(work, clues.LeadIds, cancellationToken));
        Add(ClueNames.Conversation, await ConversationStore.FindLeadAsync(work, clues.ConversationId, cancellationToken));
        Add(ClueNames.Call, await FindByCallAsync(work, clues.CallSid, cancellationToken));
        if (!found.Any(clue => clue.Clue is ClueNames.Conversation or ClueNames.Call))
        {
            await ErasedContacts.RejectErasedAsync(work, [clues.ConversationId, clues.CallSid], cancellationToken);
        }

        foreach (var clue in clues.Addresses.Where(clue => !clue.IsClaimed))
        {
            var (users, isClaimed) = await LeadStore.FindAllAsync(work, clue.Address, cancellationToken);
            found.Add(new ClueLeads(clue.Name, users) { Claimed = isClaimed ? clue.Address : null });
        }

        return found;

        void Add(string clue, LeadId? lead)
        {
            if (lead is { } known)
            {
                found.Add(new ClueLeads(clue, [known]));
            }
        }
    }

    // A provider states an address that the lead had only said.
    private static async Task ConfirmAddressesAsync(
        UnitOfWork work,
        IReadOnlyList<ClueLeads> found,
        LeadId lead,
        CancellationToken cancellationToken)
    {
        foreach (var clue in found.Where(clue => clue.Leads.Contains(lead)))
        {
            if (clue.Claimed is { } address)
            {
                await LeadStore.ConfirmAsync(work, address, cancellationToken);
            }
        }
    }

    private async Task<LeadMatch> ReportAsync(
        UnitOfWork work,
        LeadClues clues,
        IReadOnlyList<ClueLeads> found,
        LeadMatch match,
        CancellationToken cancellationToken)
    {
        if (match.Contradictions is [var first, ..])
        {
            if (await UnassignedStore.FindChosenLeadAsync(work, clues, cancellationToken) is { } chosen)
            {
                return new LeadMatch(chosen, ClueNames.Person) { Contradictions = match.Contradictions };
            }

            metrics.CountContradiction(first.Clue);
            LogContradiction(
                match.MatchedBy, match.Lead, string.Join(", ", match.Contradictions.Select(other => $"{other.Clue}: {other.LeadId}")));
            await ListAsync(work, clues, found, match, UnassignedReasons.Contradiction, cancellationToken);
        }

        return match;
    }

    private async Task ListAsync(
        UnitOfWork work,
        LeadClues clues,
        IReadOnlyList<ClueLeads> found,
        LeadMatch match,
        string reason,
        CancellationToken cancellationToken)
    {
        if ((clues.ConversationId ?? clues.CallSid) is not null)
        {
            await unassigned.AddAsync(work, clues, found, match, reason, cancellationToken);
        }
    }

    private static async Task<LeadId?> FindByIdAsync(UnitOfWork work, IReadOnlyList<string?> ids, CancellationToken cancellationToken)
    {
        foreach (var id in ids)
        {
            if (LeadId.TryParse(id, null, out var lead) && await LeadStore.FindCurrentAsync(work, lead, cancellationToken) is { } current)
            {
                return current;
            }
        }

        return null;
    }

    private static async Task<LeadId?> FindByOneCallAsync(UnitOfWork work, string callSid, CancellationToken cancellationToken) =>
        await ConversationStore.FindLeadOfCallAsync(work, callSid, cancellationToken)
        ?? await CallStore.FindLeadAsync(work, callSid, cancellationToken);

    private async Task<LeadId> CreateWithoutAddressAsync(UnitOfWork work, LeadClues clues, CancellationToken cancellationToken)
    {
        var lead = await leads.CreateAsync(work, cancellationToken);
        LeadEvents.RaiseCreated(work, lead, address: null, isClaimed: false, clues.Channel, clues.At);
        return lead;
    }

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

    [LoggerMessage(LogLevel.Warning, "The clues contradict each other and none decides: the contact has the lead {Lead} of its own, candidates are {Candidates}")]
    private partial void LogUnclear(LeadId lead, string candidates);
}
