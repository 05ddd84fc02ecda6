using FsCheck.Xunit;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Identification;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.Tests.Identification;

/// <summary>What the clues of a contact say about its lead.</summary>
public class MatchDecisionTests
{
    private static readonly string[] s_clues =
    [
        ClueNames.LeadId, ClueNames.Conversation, ClueNames.Call, ClueNames.Phone, ClueNames.Address, ClueNames.UserId, ClueNames.CallerId,
        ClueNames.Sms, ClueNames.WhatsApp,
    ];

    private static readonly LeadId[] s_leads = [.. Enumerable.Range(1, 4).Select(i => new LeadId(new Guid(i, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0])))];

    [Fact]
    public void No_clue_names_nobody() => Assert.IsType<MatchDecision.Nobody>(MatchDecision.From([]));

    [Fact]
    public void The_only_lead_of_the_strongest_clue_is_decided_and_weaker_clues_contradict_it()
    {
        var decided = Assert.IsType<MatchDecision.Decided>(MatchDecision.From(
        [
            new(ClueNames.LeadId, [s_leads[0]]), new(ClueNames.Phone, [s_leads[1]]), new(ClueNames.UserId, [s_leads[0]]),
            new(ClueNames.Sms, [s_leads[1]]),
        ]));

        Assert.Equal((s_leads[0], ClueNames.LeadId), (decided.Lead, decided.Clue));
        Assert.Equal([new Contradiction(ClueNames.Phone, s_leads[1].Value)], decided.Contradictions);
    }

    [Fact]
    public void Equally_strong_clues_that_name_different_leads_decide_nothing()
    {
        var unclear = Assert.IsType<MatchDecision.Unclear>(MatchDecision.From(
            [new(ClueNames.UserId, [s_leads[0]]), new(ClueNames.Sms, [s_leads[1]]), new(ClueNames.WhatsApp, [s_leads[0]])]));

        Assert.False(unclear.IsShared);
        Assert.Equal(
            [new Contradiction(ClueNames.UserId, s_leads[0].Value), new Contradiction(ClueNames.Sms, s_leads[1].Value)], unclear.Candidates);
    }

    [Fact]
    public void A_shared_number_alone_decides_nothing()
    {
        var unclear = Assert.IsType<MatchDecision.Unclear>(MatchDecision.From([new(ClueNames.Phone, [s_leads[0], s_leads[1]])]));

        Assert.True(unclear.IsShared);
    }

    [Fact]
    public void A_weaker_clue_names_the_one_who_calls_from_a_shared_number()
    {
        var decided = Assert.IsType<MatchDecision.Decided>(MatchDecision.From(
            [new(ClueNames.Phone, [s_leads[0], s_leads[1]]), new(ClueNames.UserId, [s_leads[1]])]));

        Assert.Equal((s_leads[1], ClueNames.UserId), (decided.Lead, decided.Clue));
        Assert.Empty(decided.Contradictions);
    }

    [Fact]
    public void An_unknown_number_is_a_new_lead_even_if_a_weaker_clue_names_another()
    {
        var created = Assert.IsType<MatchDecision.NewLead>(MatchDecision.From([new(ClueNames.Phone, []), new(ClueNames.UserId, [s_leads[2]])]));

        Assert.Equal(ClueNames.Phone, created.Clue);
        Assert.Equal([new Contradiction(ClueNames.UserId, s_leads[2].Value)], created.Contradictions);
    }

    [Property(MaxTest = 2000)]
    public void The_order_of_equally_strong_clues_decides_nothing(int seed)
    {
        var random = new Random(seed);
        var clues = RandomClues(random);
        var shuffled = clues.GroupBy(clue => ClueNames.WeightOf(clue.Clue)).OrderBy(group => group.Key).SelectMany(group =>
        {
            var members = group.ToArray();
            random.Shuffle(members);
            return members;
        }).ToList();

        Assert.Equal(Lead(MatchDecision.From(clues)), Lead(MatchDecision.From(shuffled)));
    }

    [Property(MaxTest = 2000)]
    public void A_decided_lead_is_named_by_the_strongest_clue_and_is_no_contradiction_of_itself(int seed)
    {
        var clues = RandomClues(new Random(seed));
        if (MatchDecision.From(clues) is MatchDecision.Decided decided)
        {
            var strongest = clues.Where(clue => ClueNames.WeightOf(clue.Clue) == ClueNames.WeightOf(clues[0].Clue) && clue.Leads.Count > 0);
            Assert.All(strongest, clue => Assert.Contains(decided.Lead, clue.Leads));
            Assert.DoesNotContain(decided.Contradictions, other => other.LeadId == decided.Lead.Value);
        }
    }

    // Every clue once, some of them absent. An address may be nobody's.
    private static List<ClueLeads> RandomClues(Random random) =>
    [
        .. s_clues.Where(_ => random.Next(3) == 0)
            .Select(clue => new ClueLeads(clue, ClueNames.WeightOf(clue) < 4
                ? [s_leads[random.Next(s_leads.Length)]]
                : [.. s_leads.Where(_ => random.Next(3) == 0)])),
    ];

    private static (string, LeadId?) Lead(MatchDecision decision) => (decision.GetType().Name, (decision as MatchDecision.Decided)?.Lead);
}
