using JackAutomotive.WebhookApi.Scoring;
using JackAutomotive.WebhookApi.Scoring.Facts;
using JackAutomotive.WebhookApi.Scoring.Status;

namespace JackAutomotive.Tests.Scoring;

public sealed class MoodTests
{
    [Fact]
    public void A_lead_is_ghosted_after_three_texts_and_calls_without_a_reply()
    {
        var builder = new FactsBuilder().TextIn(90).TextOut(80).Call(60, ContactOutcome.Voicemail);
        Assert.NotEqual(LeadMood.Ghosted, Decide(builder));

        Assert.Equal(LeadMood.Ghosted, Decide(builder.TextOut(40)));
        Assert.NotEqual(LeadMood.Ghosted, Decide(builder.TextIn(30)));
    }

    [Fact]
    public void A_text_that_was_not_delivered_is_no_attempt() =>
        Assert.NotEqual(LeadMood.Ghosted, Decide(new FactsBuilder().TextIn(90).TextOut(80).TextOut(60).TextOut(40, isDelivered: false)));

    [Fact]
    public void A_lead_needs_a_human_from_the_wish_until_somebody_answers()
    {
        var builder = new FactsBuilder().TextOut(9).TextIn(8).Signal(SignalKind.WantsPerson, 8);
        Assert.Equal(LeadMood.NeedsHuman, Decide(builder));

        Assert.NotEqual(LeadMood.NeedsHuman, Decide(builder.TextOut(7)));
    }

    [Fact]
    public void Feelings_signs_of_life_and_silence_decide_the_other_moods()
    {
        Assert.Equal(LeadMood.Frustrated, Decide(new FactsBuilder().Talk(2).Feeling(-0.7, 2)));
        Assert.Equal(LeadMood.Warm, Decide(new FactsBuilder().Talk(2).Feeling(0.7, 2)));
        Assert.Equal(LeadMood.Warm, Decide(new FactsBuilder().TextIn(2)));
        Assert.Equal(LeadMood.Neutral, Decide(new FactsBuilder().TextIn(24 * 5)));
        Assert.Equal(LeadMood.Cold, Decide(new FactsBuilder().TextIn(24 * 15)));
        Assert.Equal(LeadMood.Cold, Decide(new FactsBuilder().Created(24 * 20)));
        Assert.Equal(LeadMood.Cold, Decide(new FactsBuilder().TextIn(1).Is(LeadStatus.DoNotContact)));
    }

    private static LeadMood Decide(FactsBuilder builder) => Moods.Decide(builder.Build(), FactsBuilder.Now);
}
