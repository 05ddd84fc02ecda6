using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Identification;

/// <summary>A clue and the leads that it names.</summary>
/// <param name="Clue">The name of the clue, one of <see cref="ClueNames"/>.</param>
/// <param name="Leads">
/// The leads: usually one, several for an address that people share, none for an address that no lead has yet.
/// </param>
internal sealed record ClueLeads(string Clue, IReadOnlyList<LeadId> Leads)
{
    /// <summary>The address, if the clue is an address that the lead only claimed so far.</summary>
    public ChannelAddress? Claimed { get; init; }
}

/// <summary>What the clues of a contact say about its lead.</summary>
internal abstract record MatchDecision
{
    /// <summary>No clue names a lead or an address.</summary>
    public sealed record Nobody : MatchDecision;

    /// <summary>The strongest clues are addresses that no lead has yet, so the contact belongs to a new lead with the first of them.</summary>
    /// <param name="Clue">The name of the clue.</param>
    /// <param name="Contradictions">The weaker clues that name a lead, in the order of their weight.</param>
    public sealed record NewLead(string Clue, IReadOnlyList<Contradiction> Contradictions) : MatchDecision;

    /// <summary>One lead.</summary>
    /// <param name="Lead">The lead.</param>
    /// <param name="Clue">The name of the clue that decided.</param>
    /// <param name="Contradictions">The other clues that name another lead, in the order of their weight.</param>
    public sealed record Decided(LeadId Lead, string Clue, IReadOnlyList<Contradiction> Contradictions) : MatchDecision;

    /// <summary>Several leads, none of them for certain.</summary>
    /// <param name="Candidates">Each lead with the clue that names it, in the order of their weight.</param>
    /// <param name="IsShared">Whether one address names them all, because people share it.</param>
    public sealed record Unclear(IReadOnlyList<Contradiction> Candidates, bool IsShared) : MatchDecision;

    /// <summary>
    /// Decides. The clues of the greatest weight decide if they have one lead in common. Of several leads that share an address, a weaker clue
    /// may name one. Never does the order of equally strong clues decide.
    /// </summary>
    /// <param name="clues">The clues, the strongest first.</param>
    public static MatchDecision From(IReadOnlyList<ClueLeads> clues)
    {
        if (clues.Count == 0)
        {
            return new Nobody();
        }

        // An address that no lead has says nothing beside an equally strong clue that names a lead.
        var tiers = clues.GroupBy(clue => ClueNames.WeightOf(clue.Clue)).OrderBy(tier => tier.Key).ToList();
        var strongest = tiers[0].Where(clue => clue.Leads.Count > 0).ToList();
        if (strongest is not [var first, ..])
        {
            return new NewLead(clues[0].Clue, FindOthers(clues, null));
        }

        var common = Narrow(first.Leads, strongest);
        var deciding = first.Clue;
        foreach (var tier in tiers.Skip(1).TakeWhile(_ => common.Count > 1))
        {
            var agreeing = tier.Where(clue => clue.Leads.Intersect(common).Any()).ToList();
            if (agreeing is [var clue, ..])
            {
                (common, deciding) = (Narrow(common, agreeing), clue.Clue);
            }
        }

        return common is [var lead]
            ? new Decided(lead, deciding, FindOthers(clues, lead))
            : new Unclear(FindOthers(clues, null), IsShared: strongest.Exists(clue => clue.Leads.Count > 1));
    }

    private static IReadOnlyList<LeadId> Narrow(IReadOnlyList<LeadId> leads, IReadOnlyList<ClueLeads> clues) =>
        clues.Aggregate(leads, (common, clue) => [.. common.Intersect(clue.Leads)]);

    // A lead is listed once, with the strongest clue that names it. A clue that names the decided lead, too, contradicts nothing.
    private static List<Contradiction> FindOthers(IReadOnlyList<ClueLeads> clues, LeadId? decided) =>
    [
        .. clues.Where(clue => decided is not { } lead || !clue.Leads.Contains(lead))
            .SelectMany(clue => clue.Leads.Select(lead => new Contradiction(clue.Clue, lead.Value)))
            .DistinctBy(other => other.LeadId),
    ];
}
