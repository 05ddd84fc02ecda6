using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.Analysis.Results;

/// <summary>An analysis of one of a lead's conversations.</summary>
/// <param name="Id">The id of the analysis, the same for each repetition.</param>
/// <param name="Channel">voice, sms, whatsapp and others; of texts, that of the first.</param>
/// <param name="ConversationId">The conversation of a call; null for texts.</param>
/// <param name="MessageSids">The texts, one for each turn; empty for a call.</param>
/// <param name="StartedAt">When the conversation began, UTC.</param>
/// <param name="EndedAt">The time of the last turn, UTC.</param>
/// <param name="Revision">The number of the analysis, from 1.</param>
/// <param name="AnalysedAt">When the conversation was analysed.</param>
/// <param name="Provider">The provider's own verdict on the call; null for texts.</param>
/// <param name="Analysis">The analysis, as the preview answers it.</param>
internal sealed record AnalysisDetails(
    Guid Id,
    string Channel,
    string? ConversationId,
    IReadOnlyList<string> MessageSids,
    DateTimeOffset StartedAt,
    DateTimeOffset EndedAt,
    int Revision,
    DateTimeOffset AnalysedAt,
    ProviderVerdict? Provider,
    JsonElement Analysis);

/// <summary>The provider's own analysis of a call. Our analysis does not change it.</summary>
/// <param name="CallSuccessful">success, failure or unknown.</param>
/// <param name="Title">The provider's title.</param>
/// <param name="Summary">The provider's summary.</param>
internal sealed record ProviderVerdict(string? CallSuccessful, string? Title, string? Summary);

/// <summary>Reads analyses for our own API.</summary>
internal sealed class AnalysisReader(NpgsqlDataSource database)
{
    private const string LeadExistsSql = "SELECT EXISTS (SELECT FROM leads WHERE id = $1)";

    private const string ListSql = """
        SELECT analysis.id, analysis.kind, analysis.subject, analysis.message_sids, analysis.started_at, analysis.ended_at, analysis.revision,
            analysis.updated_at, analysis.result::text, call.call_successful, call.title, call.summary, coalesce(text.channel, 'voice')
        FROM conversation_analyses AS analysis
        LEFT JOIN conversations AS call ON analysis.kind = 'call' AND call.conversation_id = analysis.subject
        LEFT JOIN messages AS text ON analysis.kind = 'texts' AND text.message_sid = analysis.subject
        WHERE analysis.lead_id = $1
            AND ($2::uuid IS NULL OR (analysis.ended_at, analysis.id) < (SELECT ended_at, id FROM conversation_analyses WHERE id = $2))
        ORDER BY analysis.ended_at DESC, analysis.id DESC LIMIT $3
        """;

    public async Task<bool> LeadExistsAsync(LeadId lead, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(LeadExistsSql);
        command.Parameters.AddUuid(lead.Value);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Lists the analyses of a lead's conversations, the newest conversation first.</summary>
    public async Task<List<AnalysisDetails>> ListAsync(LeadId lead, Guid? before, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ListSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddUuid(before);
        command.Parameters.AddInteger(limit);
        return await command.ReadAllAsync(ReadAnalysis, cancellationToken);
    }

    private static AnalysisDetails ReadAnalysis(NpgsqlDataReader row)
    {
        var isCall = row.GetString(1) == AnalysisKind.Call;
        using var result = JsonDocument.Parse(row.GetString(8));
        return new AnalysisDetails(
            row.GetGuid(0),
            row.GetString(12),
            isCall ? row.GetString(2) : null,
            row.GetFieldValue<string[]>(3),
            row.GetTimeOrNull(4)!.Value,
            row.GetTimeOrNull(5)!.Value,
            row.GetInt32(6),
            row.GetTimeOrNull(7)!.Value,
            isCall ? new ProviderVerdict(row.GetTextOrNull(9), row.GetTextOrNull(10), row.GetTextOrNull(11)) : null,
            result.RootElement.Clone());
    }
}
