using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Leads;
using Npgsql;

namespace JackAutomotive.WebhookApi.Conversations;

/// <summary>Reads what the agent needs to know about a caller, in one round trip.</summary>
internal sealed class BriefingReader(NpgsqlDataSource database)
{
    /// <summary>The upper limit of the text count and the call count. The limit keeps the query cheap for a lead with a long history.</summary>
    internal const int CountLimit = 1000;

    private const int MaxMessages = 8;
    private const int MaxMessageLength = 300;

    private const string AnswerSql = "SELECT answer FROM initiation_sessions WHERE call_sid = $1";

    private const string LeadSql = """
        SELECT id, name,
            (SELECT count(*) FROM (SELECT FROM messages WHERE lead_id = leads.id LIMIT $2) AS counted),
            (SELECT count(*) FROM (SELECT FROM conversations WHERE lead_id = leads.id LIMIT $2) AS counted),
            (SELECT coalesce(started_at, created_at) FROM conversations WHERE lead_id = leads.id ORDER BY created_at DESC LIMIT 1),
            (SELECT summary FROM conversations WHERE lead_id = leads.id AND summary IS NOT NULL ORDER BY created_at DESC LIMIT 1)
        FROM leads WHERE phone = $1
        """;

    private const string MessagesSql = """
        SELECT direction = 'inbound', left(body, $3), received_at FROM messages
        WHERE lead_id = (SELECT id FROM leads WHERE phone = $1)
        ORDER BY received_at DESC, id DESC LIMIT $2
        """;

    /// <summary>
    /// Returns the answer that is stored for this call, and the lead with this phone number. Each is null if it does not exist.
    /// </summary>
    public async Task<(string? Answer, KnownLead? Lead)> ReadAsync(
        string? callSid,
        PhoneNumber? phone,
        CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        var answer = AddCommand(batch, AnswerSql);
        answer.AddText(callSid);
        var lead = AddCommand(batch, LeadSql);
        lead.AddText(phone?.Value);
        lead.AddInteger(CountLimit);
        var messages = AddCommand(batch, MessagesSql);
        messages.AddText(phone?.Value);
        messages.AddInteger(MaxMessages);
        messages.AddInteger(MaxMessageLength);

        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        var stored = await row.ReadAsync(cancellationToken) && !row.IsDBNull(0) ? row.GetString(0) : null;
        await row.NextResultAsync(cancellationToken);
        var known = await row.ReadAsync(cancellationToken) ? ReadLead(row) : null;
        await row.NextResultAsync(cancellationToken);
        var newestFirst = new List<KnownMessage>();
        while (await row.ReadAsync(cancellationToken))
        {
            newestFirst.Add(new KnownMessage(row.GetBoolean(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2)));
        }

        newestFirst.Reverse();
        return (stored, known is null ? null : known with { Messages = newestFirst });
    }

    private static NpgsqlParameterCollection AddCommand(NpgsqlBatch batch, string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        batch.BatchCommands.Add(command);
        return command.Parameters;
    }

    private static KnownLead ReadLead(NpgsqlDataReader row) => new(
        new LeadId(row.GetGuid(0)),
        row.IsDBNull(1) ? null : row.GetString(1),
        row.GetInt64(2),
        row.GetInt64(3),
        row.IsDBNull(4) ? null : row.GetFieldValue<DateTimeOffset>(4),
        row.IsDBNull(5) ? null : row.GetString(5),
        []);
}
