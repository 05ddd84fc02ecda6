using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Scoring.Facts;
using JackAutomotive.WebhookApi.Scoring.Status;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace JackAutomotive.WebhookApi.Scoring;

/// <summary>A score with its explanation, computed at the moment of the request.</summary>
/// <param name="LeadId">The lead.</param>
/// <param name="Score">From 0 to 100.</param>
/// <param name="Band">high from 60 on, medium from 25 on, otherwise low.</param>
/// <param name="Formula">The version of the formula.</param>
/// <param name="ComputedAt">The time for which the score holds.</param>
/// <param name="Factors">The factors. Their points add up to the score, rounded.</param>
internal sealed record ScoreView(Guid LeadId, int Score, ScoreBand Band, string Formula, DateTimeOffset ComputedAt, IReadOnlyList<ScoreRow> Factors);

/// <summary><c>GET /api/leads/{id}/score</c></summary>
internal static class GetScore
{
    /// <summary>Returns the lead's score with the factors that explain it.</summary>
    public static async Task<Results<Ok<ScoreView>, ProblemHttpResult>> Handle(
        string id,
        NpgsqlDataSource database,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (!LeadId.TryParse(id, null, out var lead)
            || await LeadFactsReader.ReadAsync(database, [lead], cancellationToken) is not [{ Facts: var facts }])
        {
            return Problems.NoSuchLead();
        }

        var now = time.GetUtcNow();
        var score = ScoreFormula.Compute(StatusRules.Apply(facts, now), now);
        return TypedResults.Ok(new ScoreView(
            lead.Value, score.Value, AnnouncedScore.FindBand(score.Value), score.Formula, now, score.Rows));
    }
}
