using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Scoring.Funding;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Scoring;

/// <summary>What was computed last for a lead.</summary>
/// <param name="Score">From 0 to 100.</param>
/// <param name="Formula">The version of the formula.</param>
/// <param name="Funding">The readiness and the state of each item, as last announced, as JSON.</param>
/// <param name="ComputedAt">When it was computed.</param>
/// <param name="DueAt">When it must be computed again; null if the passing of time changes nothing any more.</param>
/// <param name="PriorityAt">The place in the list of priorities; null if nothing is to be done.</param>
/// <param name="ActionAt">When the next action is due; null if nothing is to be done.</param>
/// <param name="Announced">The score that watchers were told; null if they were told none.</param>
/// <param name="NoticedSeq">The newest seq of the lead's log that the score takes into account.</param>
/// <param name="CauseDeliveryId">The delivery that caused the newest event; null if no delivery did.</param>
internal sealed record StoredScore(
    int Score,
    string Formula,
    string Funding,
    DateTimeOffset ComputedAt,
    DateTimeOffset? DueAt,
    DateTimeOffset? PriorityAt,
    DateTimeOffset? ActionAt,
    AnnouncedScore? Announced,
    long NoticedSeq,
    long? CauseDeliveryId);

/// <summary>Stores the scores of leads and their places in the list of priorities.</summary>
internal static class ScoreStore
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    private const string SaveSql = """
        INSERT INTO lead_scores (
            lead_id, score, formula, funding, computed_at, due_at, priority_at, action_at, announced, noticed_seq, cause_delivery_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (lead_id) DO UPDATE SET
            score = EXCLUDED.score, formula = EXCLUDED.formula, funding = EXCLUDED.funding, computed_at = EXCLUDED.computed_at,
            due_at = EXCLUDED.due_at, pending_since = NULL, priority_at = EXCLUDED.priority_at, action_at = EXCLUDED.action_at,
            announced = EXCLUDED.announced, noticed_seq = EXCLUDED.noticed_seq, cause_delivery_id = EXCLUDED.cause_delivery_id
        """;

    private const string PostponeSql = "UPDATE lead_scores SET due_at = $2 WHERE lead_id = ANY ($1)";

    private const string DueSql = "SELECT lead_id FROM lead_scores WHERE due_at <= $1 ORDER BY due_at LIMIT $2";

    private const string OutdateSql = "UPDATE lead_scores SET due_at = $1 WHERE formula <> $2 AND (due_at IS NULL OR due_at > $1)";

    internal const string PrioritiesSql = """
        SELECT lead_id, priority_at FROM lead_scores
        WHERE priority_at <= $1 AND action_at <= $1 AND ($2::timestamptz IS NULL OR (priority_at, lead_id) > ($2, $3))
        ORDER BY priority_at, lead_id LIMIT $4
        """;

    /// <summary>Stores what was computed for leads, whose rows the unit of work has locked.</summary>
    public static async Task SaveAsync(
        UnitOfWork work,
        IReadOnlyList<(LeadId Lead, StoredScore Score)> scores,
        CancellationToken cancellationToken)
    {
        if (scores.Count == 0)
        {
            return;
        }

        await using var batch = work.CreateBatch();
        foreach (var (lead, score) in scores)
        {
            var command = new NpgsqlBatchCommand(SaveSql);
            command.Parameters.AddUuid(lead.Value);
            command.Parameters.AddInteger(score.Score);
            command.Parameters.AddText(score.Formula);
            command.Parameters.AddJsonb(score.Funding);
            command.Parameters.AddTimestamp(score.ComputedAt);
            command.Parameters.AddTimestamp(score.DueAt);
            command.Parameters.AddTimestamp(score.PriorityAt);
            command.Parameters.AddTimestamp(score.ActionAt);
            command.Parameters.AddJsonb(JsonSerializer.Serialize(score.Announced, s_json));
            command.Parameters.AddBigint(score.NoticedSeq);
            command.Parameters.AddBigint(score.CauseDeliveryId);
            batch.BatchCommands.Add(command);
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Makes the scores of leads due at a later time.</summary>
    public static async Task PostponeAsync(
        NpgsqlDataSource database,
        IReadOnlyCollection<LeadId> leads,
        DateTimeOffset dueAt,
        CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(PostponeSql);
        command.Parameters.AddArray(leads.Select(lead => lead.Value).ToArray(), NpgsqlDbType.Uuid);
        command.Parameters.AddTimestamp(dueAt);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Lists the leads that must be computed again, longest due first.</summary>
    public static async Task<List<LeadId>> ListDueAsync(NpgsqlDataSource database, DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(DueSql);
        command.Parameters.AddTimestamp(now);
        command.Parameters.AddInteger(limit);
        return await command.ReadAllAsync(row => new LeadId(row.GetGuid(0)), cancellationToken);
    }

    /// <summary>Makes the scores of all other versions of the formula due.</summary>
    public static async Task OutdateAsync(NpgsqlDataSource database, string formula, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(OutdateSql);
        command.Parameters.AddTimestamp(now);
        command.Parameters.AddText(formula);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Lists the leads whose next action is due, in the order of their priority.</summary>
    public static async Task<List<(LeadId Lead, DateTimeOffset PriorityAt)>> ListPrioritiesAsync(
        NpgsqlDataSource database,
        DateTimeOffset until,
        (DateTimeOffset PriorityAt, LeadId Lead)? after,
        int limit,
        CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(PrioritiesSql);
        command.Parameters.AddTimestamp(until);
        command.Parameters.AddTimestamp(after?.PriorityAt);
        command.Parameters.AddUuid(after?.Lead.Value);
        command.Parameters.AddInteger(limit);
        return await command.ReadAllAsync(row => (new LeadId(row.GetGuid(0)), row.GetFieldValue<DateTimeOffset>(1)), cancellationToken);
    }

    /// <summary>
    /// Reads a row of <see cref="Facts.LeadFactsReader"/>: lead_id, score, formula, funding, computed_at, due_at, priority_at, action_at,
    /// announced, noticed_seq, cause_delivery_id.
    /// </summary>
    public static StoredScore ReadScore(NpgsqlDataReader row) => new(
        row.GetInt32(1),
        row.GetString(2),
        row.GetString(3),
        row.GetFieldValue<DateTimeOffset>(4),
        row.GetTimeOrNull(5),
        row.GetTimeOrNull(6),
        row.GetTimeOrNull(7),
        row.GetTextOrNull(8) is { } announced ? JsonSerializer.Deserialize<AnnouncedScore>(announced, s_json) : null,
        row.GetInt64(9),
        row.IsDBNull(10) ? null : row.GetInt64(10));

    /// <summary>Returns the checklist in the form of the column <c>funding</c>.</summary>
    public static string Encode(FundingReadiness funding) => JsonSerializer.Serialize(new
    {
        funding.Readiness,
        Items = funding.Items.ToDictionary(item => item.Name, item => item.State),
    });

    /// <summary>Returns the readiness of the column <c>funding</c>; null before the first computation.</summary>
    public static string? ReadReadiness(string funding) =>
        JsonElement.Parse(funding).TryGetProperty("Readiness", out var readiness) ? readiness.GetString() : null;

    /// <summary>Returns whether two values of the column <c>funding</c> are the same. Postgres stores them in its own spelling.</summary>
    public static bool IsSameFunding(string one, string other) => JsonElement.DeepEquals(JsonElement.Parse(one), JsonElement.Parse(other));
}
