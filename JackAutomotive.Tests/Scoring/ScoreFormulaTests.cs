using FsCheck.Xunit;
using JackAutomotive.WebhookApi.Profiles;
using JackAutomotive.WebhookApi.Scoring;
using JackAutomotive.WebhookApi.Scoring.Facts;
using JackAutomotive.WebhookApi.Scoring.Funding;
using JackAutomotive.WebhookApi.Scoring.Status;

namespace JackAutomotive.Tests.Scoring;

public sealed class ScoreFormulaTests
{
    [Property(MaxTest = 300)]
    public void The_rows_add_up_to_the_score_which_is_from_0_to_100(int seed)
    {
        var facts = RandomFacts(new Random(seed)).Build();

        var score = ScoreFormula.Compute(facts, FactsBuilder.Now);

        Assert.InRange(score.Value, 0, 100);
        Assert.Equal(score.Value, (int)Math.Round(score.Rows.Sum(row => row.Points), MidpointRounding.AwayFromZero));
        Assert.All(score.Rows, row => Assert.NotEmpty(row.Reason));
        Assert.Equal(score.Rows.Count, score.Rows.Select(row => row.Factor).Distinct().Count());
        Assert.Equivalent(score, ScoreFormula.Compute(facts, FactsBuilder.Now), strict: true);
    }

    [Property(MaxTest = 100)]
    public void Without_new_contacts_and_penalties_a_score_never_rises(int seed)
    {
        var random = new Random(seed);
        var builder = new FactsBuilder();
        for (var i = random.Next(1, 8); i > 0; i--)
        {
            _ = random.Next(2) == 0 ? builder.TextIn(random.Next(1, 90)) : builder.Talk(random.Next(1, 90));
        }

        var facts = builder.Build();
        var scores = Enumerable.Range(0, 60).Select(days => ScoreFormula.Compute(facts, FactsBuilder.Now.AddDays(days)).Value).ToList();
        Assert.Equal(scores.OrderDescending(), scores);
        Assert.True(scores[^1] < scores[0]);
    }

    [Fact]
    public void A_lead_that_must_not_be_contacted_or_is_closed_scores_zero_and_says_why()
    {
        (LeadStatus Status, string Factor)[] closed = [(LeadStatus.DoNotContact, "stop"), (LeadStatus.Sold, "sold"), (LeadStatus.Lost, "lost")];
        foreach (var (status, factor) in closed)
        {
            var score = ScoreFormula.Compute(new FactsBuilder().Talk(1).TextIn(1).Is(status).Build(), FactsBuilder.Now);
            Assert.Equal(0, score.Value);
            Assert.Contains(score.Rows, row => row.Factor == factor && row.Points < 0);
        }
    }

    [Fact]
    public void Each_factor_moves_the_score_in_its_direction()
    {
        var basis = Value(new FactsBuilder().TextIn(30).TextOut(29));

        Assert.True(Value(new FactsBuilder().TextIn(30).TextOut(29).TextIn(1)) > basis);
        Assert.True(Value(new FactsBuilder().TextIn(30).TextOut(29).Signal(SignalKind.BuyingSignal, 1)) > basis);
        Assert.True(Value(new FactsBuilder().TextIn(30).TextOut(29).Signal(SignalKind.Objection, 1)) < basis);
        Assert.True(Value(new FactsBuilder().TextIn(30).TextOut(29).Feeling(0.9, 1)) > basis);
        Assert.True(Value(new FactsBuilder().TextIn(30).TextOut(29).Feeling(-0.9, 1)) < basis);
        Assert.True(Value(new FactsBuilder().TextIn(30).TextOut(29).TextOut(20).TextOut(10).TextOut(5)) < basis);
        Assert.True(Value(new FactsBuilder().TextIn(30).TextOut(29).Is(LeadStatus.Appointment, 1, "person", FactsBuilder.At(-20))) > basis);
        Assert.True(Value(new FactsBuilder().TextIn(30).TextOut(29).Is(LeadStatus.Engaged, 1, "person", noShows: 1)) < basis);
        Assert.True(Value(new FactsBuilder().TextIn(30).TextOut(29).Document(DocumentKind.Identity, DocumentState.Received)) > basis);
        Assert.True(Value(Budget(400)) > Value(Budget(1200)));

        static FactsBuilder Budget(decimal dollars) => new FactsBuilder().TextIn(30)
            .Knows(ProfileFields.MonthlyIncome, new MoneyValue(3000)).Knows(ProfileFields.MonthlyPaymentBudget, new MoneyValue(dollars));
    }

    [Fact]
    public void A_row_names_its_evidence_and_its_time()
    {
        var row = Assert.Single(
            ScoreFormula.Compute(new FactsBuilder().TextIn(3).Build(), FactsBuilder.Now).Rows, row => row.Factor == "recency");

        Assert.Equal(["SMin"], row.Evidence);
        Assert.Equal(FactsBuilder.At(3), row.Since);
        Assert.Equal("The lead's last sign of life was a text 3 hours ago.", row.Reason);
    }

    [Property(MaxTest = 100)]
    public void The_next_change_is_the_first_time_at_which_a_look_finds_another_score_or_action(int seed)
    {
        var facts = RandomFacts(new Random(seed)).Build();
        var present = Standing.Of(facts, FactsBuilder.Now);

        if (Standing.FindNextChange(facts, FactsBuilder.Now) is { } change)
        {
            var then = Standing.Of(facts, change);
            Assert.True(change > FactsBuilder.Now);
            Assert.NotEqual((present.Score.Value, present.Next.Kind, present.PriorityAt), (then.Score.Value, then.Next.Kind, then.PriorityAt));
        }
        else
        {
            Assert.Equal(present.Score.Value, Standing.Of(facts, FactsBuilder.Now.AddMinutes(15 << 13)).Score.Value);
        }
    }

    private static int Value(FactsBuilder builder) => ScoreFormula.Compute(builder.Build(), FactsBuilder.Now).Value;

    private static FactsBuilder RandomFacts(Random random)
    {
        var builder = new FactsBuilder();
        for (var i = random.Next(25); i > 0; i--)
        {
            var hoursAgo = random.NextDouble() * 300;
            _ = random.Next(8) switch
            {
                0 => builder.TextIn(hoursAgo),
                1 => builder.TextOut(hoursAgo),
                2 => builder.Talk(hoursAgo, random.Next(900)),
                3 => builder.Call(hoursAgo, (ContactOutcome)random.Next(4), random.Next(2) == 0),
                4 => builder.Signal((SignalKind)random.Next(8), hoursAgo),
                5 => builder.Feeling((random.NextDouble() * 2) - 1, hoursAgo),
                6 => builder.Document((DocumentKind)random.Next(4), (DocumentState)random.Next(4)),
                _ => builder.Knows(ProfileFields.MonthlyIncome, new MoneyValue(random.Next(5000)))
                    .Knows(ProfileFields.MonthlyPaymentBudget, new MoneyValue(random.Next(900))),
            };
        }

        DateTimeOffset? visit = random.Next(2) == 0 ? FactsBuilder.At(random.Next(-50, 50)) : null;
        return builder.Is((LeadStatus)random.Next(7), 200, "rule", visit, random.Next(3));
    }
}
