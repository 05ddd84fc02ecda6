using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Scoring.Facts;
using JackAutomotive.WebhookApi.Scoring.Status;

namespace JackAutomotive.Tests.Scoring;

public sealed class StatusRulesTests
{
    private static readonly LeadStatus[] s_all = Enum.GetValues<LeadStatus>();

    public static TheoryData<string, string> Moves()
    {
        var data = new TheoryData<string, string>();
        foreach (var from in s_all)
        {
            foreach (var to in s_all)
            {
                data.Add(from.ToName(), to.ToName());
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Moves))]
    public void No_rule_moves_a_lead_backwards_out_of_a_closed_status_or_to_do_not_contact(string from, string to)
    {
        var (before, after) = (LeadStatuses.Parse(from), LeadStatuses.Parse(to));
        var isAllowed = StatusRules.Check(before, after, StatusActor.Rule) == Permission.Allowed;

        Assert.False(isAllowed && after < before);
        Assert.False(isAllowed && before is LeadStatus.Sold or LeadStatus.Lost or LeadStatus.DoNotContact);
        Assert.False(isAllowed && after is LeadStatus.Sold or LeadStatus.DoNotContact);
    }

    [Theory]
    [MemberData(nameof(Moves))]
    public void A_person_needs_a_reason_for_every_step_that_is_not_forward(string from, string to)
    {
        var (before, after) = (LeadStatuses.Parse(from), LeadStatuses.Parse(to));
        var expected = true switch
        {
            _ when before == after => Permission.Forbidden,
            _ when before < after && after <= LeadStatus.Sold && before < LeadStatus.Sold => Permission.Allowed,
            _ => Permission.AllowedWithReason,
        };
        Assert.Equal(expected, StatusRules.Check(before, after, StatusActor.Person));
    }

    [Fact]
    public void A_lead_may_end_all_contact_from_every_status_and_resume_it() => Assert.All(s_all, from =>
    {
        Assert.Equal(from != LeadStatus.DoNotContact, StatusRules.Check(from, LeadStatus.DoNotContact, StatusActor.Lead) == Permission.Allowed);
        Assert.Equal(
            from == LeadStatus.DoNotContact, StatusRules.Check(from, LeadStatus.Engaged, StatusActor.Lead) == Permission.Allowed);
        Assert.Equal(Permission.Forbidden, StatusRules.Check(from, LeadStatus.Sold, StatusActor.Lead));
    });

    [Property(MaxTest = 300)]
    public void Any_sequence_of_contacts_moves_a_lead_forward_only(int seed)
    {
        var random = new Random(seed);
        var facts = RandomFacts(random).Build();
        var status = LeadStatus.New;
        for (var count = 0; count <= facts.Contacts.Count; count++)
        {
            var seen = facts with { Contacts = [.. facts.Contacts.Take(count)], Signals = [], Status = facts.Status with { Status = status } };
            if (StatusRules.Decide(seen) is { } move)
            {
                Assert.True(move.To > status);
                status = move.To;
            }
        }

        Assert.Null(StatusRules.Decide(facts with { Signals = [], Status = facts.Status with { Status = status } }));
    }

    [Property(MaxTest = 300)]
    public void A_stop_request_wins_over_everything_that_a_person_did_not_decide_later(int seed)
    {
        var random = new Random(seed);
        var facts = RandomFacts(random).Signal(SignalKind.StopRequest, 0).Build();

        Assert.All(s_all.Where(status => status != LeadStatus.DoNotContact), status => Assert.Equal(
            LeadStatus.DoNotContact, StatusRules.Decide(facts with { Status = facts.Status with { Status = status } })?.To));
        Assert.Null(StatusRules.Decide(facts with { Status = facts.Status with { Status = LeadStatus.DoNotContact } }));
    }

    [Fact]
    public void A_stop_request_from_before_a_persons_decision_changes_nothing()
    {
        var facts = new FactsBuilder().Signal(SignalKind.StopRequest, 5).TextOut(10).Is(LeadStatus.Contacted, 2, "person").Build();

        Assert.Null(StatusRules.Decide(facts));
    }

    [Fact]
    public void A_person_who_moves_a_lead_back_is_not_overruled_by_old_contacts()
    {
        var builder = new FactsBuilder().Talk(10).Is(LeadStatus.Contacted, 5, "person");
        Assert.Null(StatusRules.Decide(builder.Build()));

        Assert.Equal(LeadStatus.Engaged, StatusRules.Decide(builder.Talk(1).Build())?.To);
    }

    [Fact]
    public void A_lead_that_resumes_contact_returns_to_the_stage_of_its_contacts()
    {
        var builder = new FactsBuilder().TextOut(20).TextIn(19).Signal(SignalKind.StopRequest, 10).Is(LeadStatus.DoNotContact, 10, "lead");
        Assert.Null(StatusRules.Decide(builder.Build()));

        var move = StatusRules.Decide(builder.Signal(SignalKind.ResumeRequest, 2).Build());
        Assert.Equal((LeadStatus.Engaged, StatusActor.Lead), (move!.To, move.Actor));
    }

    [Fact]
    public void A_keyword_does_not_undo_a_persons_decision_to_stop_all_contact()
    {
        var facts = new FactsBuilder().Signal(SignalKind.ResumeRequest, 2).Is(LeadStatus.DoNotContact, 10, "person").Build();

        Assert.Null(StatusRules.Decide(facts));
    }

    [Fact]
    public void The_stage_follows_from_who_contacted_whom()
    {
        Assert.Null(StatusRules.Decide(new FactsBuilder().TextIn(1).Build()));
        Assert.Equal(LeadStatus.Contacted, StatusRules.Decide(new FactsBuilder().Call(1, ContactOutcome.NotReached).Build())?.To);
        Assert.Equal(LeadStatus.Contacted, StatusRules.Decide(new FactsBuilder().TextIn(2).TextOut(1).Build())?.To);
        Assert.Equal(LeadStatus.Engaged, StatusRules.Decide(new FactsBuilder().TextOut(2).TextIn(1).Build())?.To);
        Assert.Equal(LeadStatus.Engaged, StatusRules.Decide(new FactsBuilder().Talk(1).Build())?.To);
        Assert.Null(StatusRules.Decide(new FactsBuilder().TextOut(1, isDelivered: false).Build()));
        Assert.Equal(LeadStatus.Lost, StatusRules.Decide(new FactsBuilder().Talk(1).Signal(SignalKind.WrongNumber, 1).Build())?.To);
    }

    private static FactsBuilder RandomFacts(Random random)
    {
        var builder = new FactsBuilder();
        for (var i = random.Next(12); i > 0; i--)
        {
            var hoursAgo = 1 + (random.NextDouble() * 90);
            _ = random.Next(5) switch
            {
                0 => builder.TextIn(hoursAgo),
                1 => builder.TextOut(hoursAgo, random.Next(2) == 0),
                2 => builder.Talk(hoursAgo, random.Next(300), random.Next(2) == 0),
                3 => builder.Call(hoursAgo, (ContactOutcome)random.Next(4), random.Next(2) == 0),
                _ => builder.Signal((SignalKind)random.Next(2, 6), hoursAgo),
            };
        }

        return builder;
    }
}
