using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Analysis.Sources;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.WebhookApi.Analysis.Results;

/// <summary>Stores what each lead feels: the sentiment of the lead's newest conversation, in any order of analysis.</summary>
internal sealed class LeadSentimentStore(TimeProvider time)
{
    // A lead of whom nothing is known is neutral. Data-modifying statements see the state before the statement, hence two statements.
    private const string FindSql = """
        SELECT coalesce((SELECT label FROM lead_sentiments WHERE lead_id = $1), 'neutral'), newest.label, newest.score
        FROM (
            SELECT label, score FROM conversation_analyses WHERE lead_id = $1 ORDER BY ended_at DESC, id DESC LIMIT 1) AS newest
        """;

    private const string SaveSql = """
        INSERT INTO lead_sentiments (lead_id, label, score, updated_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (lead_id) DO UPDATE SET label = EXCLUDED.label, score = EXCLUDED.score, updated_at = EXCLUDED.updated_at
        """;

    /// <summary>Stores the lead's sentiment after an analysis, and raises an event if the label has changed.</summary>
    public async Task UpdateAsync(UnitOfWork work, AnalysisSource source, SavedAnalysis saved, CancellationToken cancellationToken)
    {
        var (previous, label, score) = await FindAsync(work, source.Lead, cancellationToken);
        await using var save = work.CreateCommand(SaveSql);
        save.Parameters.AddUuid(source.Lead.Value);
        save.Parameters.AddText(label);
        save.Parameters.AddDouble(score);
        save.Parameters.AddTimestamp(time.GetUtcNow());
        await save.ExecuteNonQueryAsync(cancellationToken);

        if (label != previous)
        {
            work.Raise(source.Lead, LeadEventTypes.LeadSentimentChanged, source.EndedAt, new
            {
                Label = label,
                Previous = previous,
                Score = score,
                AnalysisId = saved.Id,
                saved.Revision,
            });
        }
    }

    private static async Task<(string Previous, string Label, double Score)> FindAsync(
        UnitOfWork work,
        LeadId lead,
        CancellationToken cancellationToken)
    {
        await using var find = work.CreateCommand(FindSql);
        find.Parameters.AddUuid(lead.Value);
        await using var row = await find.ExecuteReaderAsync(cancellationToken);
        await row.ReadAsync(cancellationToken);
        return (row.GetString(0), row.GetString(1), row.GetDouble(2));
    }
}
