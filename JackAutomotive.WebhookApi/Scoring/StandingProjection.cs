using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Profiles;
using JackAutomotive.WebhookApi.Scoring.Facts;
using JackAutomotive.WebhookApi.Scoring.Funding;
using JackAutomotive.WebhookApi.Scoring.Status;

namespace JackAutomotive.WebhookApi.Scoring;

/// <summary>
/// Keeps what follows from the facts of a lead: the status, the score, the funding checklist and the place in the list of priorities. Raises
/// an event for each change of the status, the rounded score and the checklist.
/// </summary>
internal sealed class StandingProjection(LeadStatusStore statuses, TimeProvider time) : ILeadProjection
{
    /// <summary>The change of a lead by the passing of time.</summary>
    public const string TimeHasPassed = "time";

    // Events that change no fact are not listed: a line of a live conversation must not cost a computation.
    private static readonly HashSet<string> s_dependencies =
    [
        LeadEventTypes.LeadCreated, LeadEventTypes.SmsReceived, LeadEventTypes.MessageStatus, LeadEventTypes.CallStatus,
        LeadEventTypes.CallFailed, LeadEventTypes.TranscriptAdded, LeadEventTypes.PostCallSummary, LeadEventTypes.LeadStatusChanged,
        CallStore.CallChanged, ProfileStore.ValuesChanged, DocumentStore.DocumentChanged, TimeHasPassed,
    ];

    /// <inheritdoc/>
    public bool DependsOn(string change) => s_dependencies.Contains(change);

    /// <inheritdoc/>
    public async Task UpdateAsync(UnitOfWork work, LeadId lead, CancellationToken cancellationToken)
    {
        if (await LeadFactsReader.ReadForUpdateAsync(work, lead, cancellationToken) is not { } stored)
        {
            return;
        }

        var now = time.GetUtcNow();
        var facts = stored.Facts;
        if (StatusRules.Decide(facts) is { } move)
        {
            var after = facts.Status with
            {
                Status = move.To,
                ChangedAt = now,
                ChangedBy = move.Actor.ToName(),
                Person = null,
                Reason = move.Reason,
                AppointmentAt = null,
            };
            await statuses.ChangeAsync(work, lead, facts.Status, after, cancellationToken);
            facts = facts with { Status = after };
        }

        await SaveAsync(work, stored.Score, facts, now, cancellationToken);
    }

    private static async Task SaveAsync(
        UnitOfWork work,
        StoredScore? before,
        LeadFacts facts,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var standing = Standing.Of(facts, now);
        var funding = ScoreStore.Encode(standing.Funding);
        if (before?.Formula is { Length: > 0 } ? !ScoreStore.IsSameFunding(funding, before.Funding) : standing.Funding.HasBegun)
        {
            RaiseFunding(work, facts.Lead, before, standing.Funding, now);
        }

        // The formula of a row that the migration made is empty: the row has no score yet.
        var previous = before is { Formula.Length: > 0 } ? before.Score : (int?)null;
        if (previous != standing.Score.Value)
        {
            RaiseScore(work, facts.Lead, previous, standing.Score, now);
        }

        var after = new StoredScore(
            standing.Score.Value,
            standing.Score.Formula,
            funding,
            now,
            Standing.FindNextChange(facts, now),
            standing.PriorityAt,
            standing.Next.DueAt);
        await ScoreStore.SaveAsync(work, facts.Lead, after, cancellationToken);
    }

    private static void RaiseScore(UnitOfWork work, LeadId lead, int? previous, LeadScore score, DateTimeOffset now) =>
        work.Raise(lead, LeadEventTypes.LeadScoreUpdated, now, new
        {
            Score = score.Value,
            Previous = previous,
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
