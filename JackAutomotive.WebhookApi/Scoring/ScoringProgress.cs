using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Scoring;

/// <summary>
/// Reads the log of all leads, and makes the scores of leads with new events due. Handling a delivery costs nothing for it. One instance
/// reads at a time; the others find the row of the progress locked and try again at their next interval.
/// </summary>
/// <remarks>
/// Places are assigned in the order of writes, but events become visible in the order of commits, so an event may appear below the newest
/// place. Each round reads the events above the newest place. When every transaction has ended that was writing when the newest place was
/// read, the round reads everything below that place once more, and nothing can appear there later. The number of the lead's newest noticed
/// event (<c>noticed_seq</c>) makes reading twice harmless.
/// </remarks>
internal sealed class ScoringProgress(NpgsqlDataSource database, IOptions<ScoringOptions> options, TimeProvider time)
{
    // Events that change no fact, such as a line of a live conversation, and those that the computation itself raises.
    private static readonly string[] s_otherEvents =
    [
        LeadEventTypes.ConversationUser, LeadEventTypes.ConversationAgent, LeadEventTypes.ConversationAgentCorrected,
        LeadEventTypes.Interruption, LeadEventTypes.SilenceDetected, LeadEventTypes.RecordingAvailable,
        LeadEventTypes.LeadScoreUpdated, LeadEventTypes.LeadStatusChanged, LeadEventTypes.FundingReadinessChanged,
    ];

    private const string HasNewsSql = """
        SELECT noticed < coalesce((SELECT max(position) FROM lead_events), 0) OR settled < noticed FROM scoring_progress
        """;

    // The lock gives this transaction its id, after the newest place was read. So every transaction that has a place up to the newest has a
    // lower id.
    private const string LockSql = """
        SELECT settled, noticed, writer <= pg_snapshot_xmin(now.snapshot)::text::bigint OR writer > pg_snapshot_xmax(now.snapshot)::text::bigint,
            coalesce((SELECT max(position) FROM lead_events), 0)
        FROM scoring_progress, LATERAL (SELECT pg_current_snapshot() AS snapshot) AS now FOR UPDATE OF scoring_progress SKIP LOCKED
        """;

    // The log of a lead that was merged into another one stays, and the lead has no score any more.
    private const string MarkSql = """
        INSERT INTO lead_scores AS stored (
            lead_id, score, formula, funding, computed_at, due_at, pending_since, noticed_seq, cause_delivery_id)
        SELECT lead_id, 0, '', '{}', $3, $3 + $4, $3, max(seq), (array_agg(delivery_id ORDER BY seq DESC))[1]
        FROM lead_events JOIN leads ON leads.id = lead_id WHERE position > $1 AND type <> ALL ($2)
        GROUP BY lead_id ORDER BY lead_id
        ON CONFLICT (lead_id) DO UPDATE SET
            due_at = least(coalesce(stored.pending_since, EXCLUDED.pending_since) + $5, EXCLUDED.due_at),
            pending_since = coalesce(stored.pending_since, EXCLUDED.pending_since), noticed_seq = EXCLUDED.noticed_seq,
            cause_delivery_id = EXCLUDED.cause_delivery_id
        WHERE stored.noticed_seq < EXCLUDED.noticed_seq
        """;

    private const string NoticeSql = "UPDATE scoring_progress SET noticed = $1";

    private const string SettleSql = """
        UPDATE scoring_progress SET settled = settling, noticed = $1, settling = $1, writer = pg_current_xact_id()::text::bigint
        """;

    /// <summary>Makes the scores due of all leads that have new events. Returns the number of leads.</summary>
    public async Task<int> AdvanceAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var hasNews = new NpgsqlCommand(HasNewsSql, connection);
        if (await hasNews.ExecuteScalarAsync(cancellationToken) is not true)
        {
            return 0;
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await LockAsync(connection, cancellationToken) is not { } progress)
        {
            return 0;
        }

        var marked = await MarkAsync(connection, progress.IsWaitOver ? progress.Settled : progress.Noticed, cancellationToken);
        await using var save = new NpgsqlCommand(progress.IsWaitOver ? SettleSql : NoticeSql, connection);
        save.Parameters.AddBigint(Math.Max(progress.Newest, progress.Noticed));
        await save.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return marked;
    }

    private static async Task<(long Settled, long Noticed, bool IsWaitOver, long Newest)?> LockAsync(
        NpgsqlConnection connection,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(LockSql, connection);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) ? (row.GetInt64(0), row.GetInt64(1), row.GetBoolean(2), row.GetInt64(3)) : null;
    }

    private async Task<int> MarkAsync(NpgsqlConnection connection, long after, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(MarkSql, connection);
        command.Parameters.AddBigint(after);
        command.Parameters.AddArray(s_otherEvents, NpgsqlDbType.Text);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = options.Value.QuietTime });
        command.Parameters.Add(new NpgsqlParameter<TimeSpan> { TypedValue = options.Value.MaxWait });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
