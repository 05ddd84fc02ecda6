using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.History;

namespace JackAutomotive.WebhookApi.Scoring.Funding;

/// <summary>Stores the documents that staff record.</summary>
internal sealed class DocumentStore(HistoryStore history)
{
    private const string SaveSql = """
        INSERT INTO lead_documents (lead_id, kind, state, note, person, changed_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (lead_id, kind) DO UPDATE SET
            state = EXCLUDED.state, note = EXCLUDED.note, person = EXCLUDED.person, changed_at = EXCLUDED.changed_at
        """;

    /// <summary>Stores a document of a lead, whose row the unit of work has locked, and adds the change to the lead's history.</summary>
    public async Task SaveAsync(
        UnitOfWork work,
        LeadId lead,
        DocumentKind kind,
        StoredDocument? before,
        StoredDocument after,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(SaveSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddText(kind.ToName());
        command.Parameters.AddText(after.State.ToName());
        command.Parameters.AddText(after.Note);
        command.Parameters.AddText(after.Person);
        command.Parameters.AddTimestamp(after.ChangedAt);
        await command.ExecuteNonQueryAsync(cancellationToken);

        var entry = new HistoryEntry(
            "document", kind.ToName(), before is null ? null : Quote(before.State), Quote(after.State), "person", after.Person, after.Note, null);
        await history.AddAsync(work, lead, [entry], cancellationToken);
    }

    private static string Quote(DocumentState state) => $"\"{state.ToName()}\"";
}
