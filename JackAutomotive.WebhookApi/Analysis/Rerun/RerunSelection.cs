using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.Analysis.Rerun;

/// <summary>A conversation that is to be analysed again.</summary>
/// <param name="AnalysisId">The stored analysis; null if there is none.</param>
/// <param name="Lead">The lead.</param>
/// <param name="Kind">One of <see cref="AnalysisKind"/>.</param>
/// <param name="Subject">The conversation's id, or the MessageSid of a text.</param>
internal sealed record RerunConversation(Guid? AnalysisId, LeadId Lead, string Kind, string Subject);

/// <summary>Finds the conversations that a filter selects.</summary>
internal sealed class RerunSelection(NpgsqlDataSource database)
{
    // Newest analysis first.
    private const string AnalysedSql = """
        SELECT id, lead_id, kind, subject FROM conversation_analyses
        WHERE ($1::uuid IS NULL OR lead_id = $1)
            AND ($2::text IS NULL OR (kind = 'call' AND subject = $2))
            AND ($3::text IS NULL OR kind = $3)
            AND ($4::text IS NULL OR engine = $4)
            AND ($5::text IS NULL OR version <> $5)
            AND ($6::boolean IS NULL OR is_fallback = $6)
            AND ($7::timestamptz IS NULL OR ended_at >= $7)
            AND ($8::timestamptz IS NULL OR ended_at < $8)
            AND ($9::uuid IS NULL OR id < $9)
        ORDER BY id DESC LIMIT $10
        """;

    // Conversations that wait in the queue are about to be analysed.
    private const string MissingSql = """
        SELECT NULL::uuid, lead_id, 'call', conversation_id FROM conversations
        WHERE EXISTS (SELECT FROM conversation_turns AS turn WHERE turn.conversation_id = conversations.conversation_id)
            AND NOT EXISTS (SELECT FROM conversation_analyses WHERE kind = 'call' AND subject = conversation_id)
            AND NOT EXISTS (SELECT FROM analysis_queue WHERE kind = 'call' AND subject = conversation_id)
        ORDER BY created_at DESC LIMIT $1
        """;

    /// <summary>Returns the conversations, newest analysis first; at most one more than the filter's limit.</summary>
    public async Task<List<RerunConversation>> FindAsync(RerunFilter filter, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(filter.Missing ? MissingSql : AnalysedSql);
        if (!filter.Missing)
        {
            command.Parameters.AddUuid(filter.Lead?.Value);
            command.Parameters.AddText(filter.ConversationId);
            command.Parameters.AddText(filter.Kind);
            command.Parameters.AddText(filter.Engine);
            command.Parameters.AddText(filter.NotVersion);
            command.Parameters.Add(new NpgsqlParameter
            {
                Value = filter.Fallback is { } fallback ? fallback : DBNull.Value,
                NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Boolean,
            });
            command.Parameters.AddTimestamp(filter.EndedFrom);
            command.Parameters.AddTimestamp(filter.EndedTo);
            command.Parameters.AddUuid(filter.After);
        }

        command.Parameters.AddInteger(filter.Limit + 1);
        return await command.ReadAllAsync(
            row => new RerunConversation(row.IsDBNull(0) ? null : row.GetGuid(0), new LeadId(row.GetGuid(1)), row.GetString(2), row.GetString(3)),
            cancellationToken);
    }
}
