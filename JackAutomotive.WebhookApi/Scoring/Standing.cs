using JackAutomotive.WebhookApi.Scoring.Actions;
using JackAutomotive.WebhookApi.Scoring.Facts;
using JackAutomotive.WebhookApi.Scoring.Funding;

namespace JackAutomotive.WebhookApi.Scoring;

/// <summary>Everything that follows from the facts of a lead at a time.</summary>
internal sealed record Standing(LeadScore Score, LeadMood Mood, FundingReadiness Funding, NextAction Next, DateTimeOffset? PriorityAt)
{
    // The first and the last look into the future. After the last, nothing changes by time alone any more.
    private static readonly TimeSpan s_firstStep = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan s_horizon = TimeSpan.FromDays(120);

    public static Standing Of(LeadFacts facts, DateTimeOffset now)
    {
        var score = ScoreFormula.Compute(facts, now);
        var next = NextActions.Decide(facts, now);
        return new Standing(score, Moods.Decide(facts, now), FundingReadiness.Of(facts), next, Priority.FindZero(next, score.Value));
    }

    /// <summary>
    /// Finds when the passing of time alone changes what is stored: the score or the next action. Null if it does not happen within
    /// four months. A change that is undone between two looks is not found.
    /// </summary>
    public static DateTimeOffset? FindNextChange(LeadFacts facts, DateTimeOffset now)
    {
        var present = Stored(Of(facts, now));
        var (unchanged, step) = (now, s_firstStep);
        while (step <= s_horizon)
        {
            var later = now + step;
            if (Stored(Of(facts, later)) == present)
            {
                (unchanged, step) = (later, step * 2);
                continue;
            }

            // The change lies between the two times. A quarter of an hour is exact enough.
            while (later - unchanged > s_firstStep)
            {
                var middle = unchanged + ((later - unchanged) / 2);
                (unchanged, later) = Stored(Of(facts, middle)) == present ? (middle, later) : (unchanged, middle);
            }

            return later;
        }

        return null;
    }

    private static (int Score, ActionKind Action, DateTimeOffset? PriorityAt) Stored(Standing standing) =>
        (standing.Score.Value, standing.Next.Kind, standing.PriorityAt);
}
