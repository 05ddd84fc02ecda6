using JackAutomotive.Analysis;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Analysis.Sources;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Analysis.Results;

/// <summary>The parts of a stored analysis that decide what a repeated analysis changes.</summary>
internal sealed record StoredConversationAnalysis(
    Guid Id,
    string Subject,
    byte[] InputHash,
    string Requested,
    string Insights,
    int Revision,
    IReadOnlyList<string> MessageSids,
    LeadId Lead)
{
    /// <summary>Whether this is the analysis of the same input by the same engine.</summary>
    public bool IsOf(byte[] inputHash, string requested) => Requested == requested && InputHash.AsSpan().SequenceEqual(inputHash);
}

/// <summary>The row that an analysis was stored in.</summary>
/// <param name="Id">The id of the analysis, the same for each repetition.</param>
/// <param name="Revision">The number of the analysis, from 1.</param>
/// <param name="InsightsChanged">Whether watchers learn something new.</param>
internal sealed record SavedAnalysis(Guid Id, int Revision, bool InsightsChanged);

/// <summary>Stores the analyses of conversations, one row for each conversation.</summary>
internal sealed class AnalysisStore(TimeProvider time)
{
    private const string LockLeadSql = "SELECT FROM leads WHERE id = $1 FOR NO KEY UPDATE";

    private const string Columns = "id, subject, input_hash, requested, insights::text, revision, message_sids, lead_id";

    private const string FindCallSql = $"SELECT {Columns} FROM conversation_analyses WHERE kind = 'call' AND subject = $1";

    // Texts that arrive late may belong before or between texts that were analysed already.
    private const string FindTextsSql = $"""
        SELECT {Columns} FROM conversation_analyses
        WHERE lead_id = $1 AND kind = 'texts' AND ended_at >= $2 AND message_sids && $3
        ORDER BY id
        """;

    private const string SaveSql = """
        INSERT INTO conversation_analyses (
            id, lead_id, kind, subject, message_sids, started_at, ended_at, engine, version, is_fallback, fallback_reason, requested,
            input_hash, label, score, result, insights, revision, created_at, updated_at, delivery_id, signals)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::json, $17::json, $18, $19, $19, $20, $21)
        ON CONFLICT (id) DO UPDATE SET
            lead_id = EXCLUDED.lead_id, message_sids = EXCLUDED.message_sids, started_at = EXCLUDED.started_at, ended_at = EXCLUDED.ended_at,
            engine = EXCLUDED.engine, version = EXCLUDED.version, is_fallback = EXCLUDED.is_fallback,
            fallback_reason = EXCLUDED.fallback_reason, requested = EXCLUDED.requested, input_hash = EXCLUDED.input_hash,
            label = EXCLUDED.label, score = EXCLUDED.score, result = EXCLUDED.result, insights = EXCLUDED.insights,
            revision = EXCLUDED.revision, updated_at = EXCLUDED.updated_at, signals = EXCLUDED.signals,
            delivery_id = coalesce(EXCLUDED.delivery_id, conversation_analyses.delivery_id)
        """;

    private const string AdoptItemsSql = "UPDATE action_items SET analysis_id = $1 WHERE analysis_id = ANY ($2)";

    private const string DeleteSql = "DELETE FROM conversation_analyses WHERE id = ANY ($1)";

    /// <summary>Locks the lead's row until the unit of work ends, as appending an event does.</summary>
    public static async Task LockLeadAsync(UnitOfWork work, LeadId lead, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(LockLeadSql);
        command.Parameters.AddUuid(lead.Value);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Finds what is stored for a conversation: nothing, one row, or several rows that late texts have joined.</summary>
    public static async Task<List<StoredConversationAnalysis>> FindAsync(
        Func<string, NpgsqlCommand> createCommand,
        AnalysisSource source,
        CancellationToken cancellationToken)
    {
        await using var command = createCommand(source.Kind == AnalysisKind.Call ? FindCallSql : FindTextsSql);
        if (source.Kind == AnalysisKind.Call)
        {
            command.Parameters.AddText(source.Subject);
        }
        else
        {
            command.Parameters.AddUuid(source.Lead.Value);
            command.Parameters.AddTimestamp(source.TimeOf(0));
            command.Parameters.AddArray(source.MessageSids.ToArray(), NpgsqlDbType.Text);
        }

        return await command.ReadAllAsync(
            row => new StoredConversationAnalysis(
                row.GetGuid(0),
                row.GetString(1),
                row.GetFieldValue<byte[]>(2),
                row.GetString(3),
                row.GetString(4),
                row.GetInt32(5),
                row.GetFieldValue<string[]>(6),
                new LeadId(row.GetGuid(7))),
            cancellationToken);
    }

    /// <summary>Stores an analysis. If late texts have joined several conversations, one row remains.</summary>
    public async Task<SavedAnalysis> SaveAsync(
        UnitOfWork work,
        AnalysisSource source,
        IReadOnlyList<StoredConversationAnalysis> stored,
        AnalysisReport report,
        byte[] inputHash,
        string requested,
        CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var kept = stored.Count > 0 ? stored[0] : null;
        var id = kept?.Id ?? Guid.CreateVersion7(now);
        var insights = AnalysisJson.Write(Insights.From(report));
        var revision = stored.Select(analysis => analysis.Revision).DefaultIfEmpty().Max() + 1;

        await using var command = work.CreateCommand(SaveSql);
        command.Parameters.AddUuid(id);
        command.Parameters.AddUuid(source.Lead.Value);
        command.Parameters.AddText(source.Kind);
        command.Parameters.AddText(kept?.Subject ?? source.Subject);
        command.Parameters.AddArray(source.MessageSids.ToArray(), NpgsqlDbType.Text);
        command.Parameters.AddTimestamp(source.Transcript.StartedAt);
        command.Parameters.AddTimestamp(source.EndedAt);
        command.Parameters.AddText(report.Engine);
        command.Parameters.AddText(report.Version);
        command.Parameters.Add(new NpgsqlParameter<bool> { TypedValue = report.Fallback });
        command.Parameters.AddText(report.FallbackReason);
        command.Parameters.AddText(requested);
        command.Parameters.AddBytes(inputHash);
        command.Parameters.AddText(Name(report.Conversation.Sentiment.Label));
        command.Parameters.AddDouble(report.Conversation.Sentiment.Score);
        command.Parameters.AddText(AnalysisJson.Write(report));
        command.Parameters.AddText(insights);
        command.Parameters.AddInteger(revision);
        command.Parameters.AddTimestamp(now);
        command.Parameters.AddBigint(work.DeliveryId);
        command.Parameters.AddJsonb(AnalysisJson.Write(TurnSignal.Read(source, report)));
        await command.ExecuteNonQueryAsync(cancellationToken);
        await RemoveJoinedAsync(work, id, [.. stored.Skip(1).Select(analysis => analysis.Id)], cancellationToken);
        return new SavedAnalysis(id, revision, kept?.Insights != insights || kept.Lead != source.Lead);
    }

    /// <summary>Returns the name of a label, as the tables and events write it.</summary>
    public static string Name(SentimentLabel label) => label switch
    {
        SentimentLabel.Negative => "negative",
        SentimentLabel.Positive => "positive",
        _ => "neutral",
    };

    private static async Task RemoveJoinedAsync(UnitOfWork work, Guid kept, Guid[] joined, CancellationToken cancellationToken)
    {
        if (joined.Length == 0)
        {
            return;
        }

        await using var adopt = work.CreateCommand(AdoptItemsSql);
        adopt.Parameters.AddUuid(kept);
        adopt.Parameters.AddArray(joined, NpgsqlDbType.Uuid);
        await adopt.ExecuteNonQueryAsync(cancellationToken);

        await using var delete = work.CreateCommand(DeleteSql);
        delete.Parameters.AddArray(joined, NpgsqlDbType.Uuid);
        await delete.ExecuteNonQueryAsync(cancellationToken);
    }
}
