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

    /// <summary>The strongest clue is an address that no lead has yet, so the contact belongs to a new lead with this address.</summary>
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

        var first = clues[0];
        if (first.Leads.Count == 0)
        {
            return new NewLead(first.Clue, FindOthers(clues, null));
        }

        var strongest = clues.Where(clue => ClueNames.WeightOf(clue.Clue) == ClueNames.WeightOf(first.Clue) && clue.Leads.Count > 0).ToList();
        var common = strongest.Aggregate(first.Leads, (leads, clue) => [.. leads.Intersect(clue.Leads)]);
        if (common.Count == 0)
        {
            return new Unclear(FindOthers(clues, null), IsShared: false);
        }

        var deciding = first.Clue;
        foreach (var clue in clues.Skip(1).Where(clue => common.Count > 1 && clue.Leads.Intersect(common).Any()))
        {
            (common, deciding) = ([.. common.Intersect(clue.Leads)], clue.Clue);
        }

        return common is [var lead] ? new Decided(lead, deciding, FindOthers(clues, lead)) : new Unclear(FindOthers(clues, null), IsShared: true);
    }

    // A lead is listed once, with the strongest clue that names it. A clue that names the decided lead, too, contradicts nothing.
    private static List<Contradiction> FindOthers(IReadOnlyList<ClueLeads> clues, LeadId? decided) =>
    [
        .. clues.Where(clue => decided is not { } lead || !clue.Leads.Contains(lead))
            .SelectMany(clue => clue.Leads.Select(lead => new Contradiction(clue.Clue, lead.Value)))
            .DistinctBy(other => other.LeadId),
    ];
}
