using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Scoring.Facts;
using JackAutomotive.WebhookApi.Scoring.Funding;
using JackAutomotive.WebhookApi.Scoring.Status;

namespace JackAutomotive.WebhookApi.Scoring;

/// <summary>
/// Stores what follows from the facts of leads: the status, the score, the funding checklist and the place in the list of priorities. Raises
/// an event for each change of the status and the checklist, and for each noticeable change of the score.
/// </summary>
internal sealed class StandingUpdater(LeadStatusStore statuses, TimeProvider time)
{
    /// <summary>Computes and stores the standing of leads, whose rows the unit of work has locked.</summary>
    public async Task UpdateAsync(UnitOfWork work, IReadOnlyList<StoredLead> leads, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var scores = new List<(LeadId, StoredScore)>();
        foreach (var lead in leads)
        {
            var facts = await MoveAsync(work, lead, cancellationToken);
            scores.Add((facts.Lead, Compute(work, lead, facts, now)));
        }

        await ScoreStore.SaveAsync(work, scores, cancellationToken);
    }

    /// <summary>Stores the status that follows from the facts. Returns the facts with this status.</summary>
    public async Task<LeadFacts> MoveAsync(UnitOfWork work, StoredLead lead, CancellationToken cancellationToken)
    {
        var moved = StatusRules.Apply(lead.Facts, time.GetUtcNow());
        if (moved.Status != lead.Facts.Status)
        {
            await statuses.ChangeAsync(
                work, lead.Facts.Lead, lead.Facts.Status, moved.Status, lead.Score?.CauseDeliveryId, cancellationToken);
        }

        return moved;
    }

    private static StoredScore Compute(UnitOfWork work, StoredLead lead, LeadFacts facts, DateTimeOffset now)
    {
        var before = lead.Score;
        var standing = Standing.Of(facts, now);
        var funding = ScoreStore.Encode(standing.Funding);
        if (before?.Formula is { Length: > 0 } ? !ScoreStore.IsSameFunding(funding, before.Funding) : standing.Funding.HasBegun)
        {
            RaiseFunding(work, facts.Lead, before, standing.Funding, now);
        }

        var announced = AnnouncedScore.Of(standing.Score);
        var isNews = announced.IsNewsAfter(before?.Announced);
        if (isNews)
        {
            RaiseScore(work, facts.Lead, before?.Announced, announced, standing.Score, now);
        }

        return new StoredScore(
            standing.Score.Value,
            standing.Score.Formula,
            funding,
            now,
            Standing.FindNextChange(facts, now),
            standing.PriorityAt,
            standing.Next.DueAt,
            isNews ? announced : before!.Announced,
            lead.LastSeq,
            before?.CauseDeliveryId);
    }

    private static void RaiseScore(
        UnitOfWork work,
        LeadId lead,
        AnnouncedScore? previous,
        AnnouncedScore announced,
        LeadScore score,
        DateTimeOffset now) =>
        work.Raise(lead, LeadEventTypes.LeadScoreUpdated, now, new
        {
            announced.Score,
            announced.Band,
            Previous = previous?.Score,
            score.Formula,
            Factors = score.Rows.Select(row => new { row.Factor, row.Points, row.Reason }),
        });

    private static void RaiseFunding(UnitOfWork work, LeadId lead, StoredScore? before, FundingReadiness funding, DateTimeOffset now) =>
        work.Raise(lead, LeadEventTypes.FundingReadinessChanged, now, new
        {
            funding.Readiness,
            Previous = before is null ? null : ScoreStore.ReadReadiness(before.Funding),
            Items = funding.Items.Select(item => new { item.Name, item.State, item.Reason }),
        });
}
