using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Leads;
using Npgsql;

namespace JackAutomotive.WebhookApi.Conversations;

/// <summary>Reads what the agent needs to know about a caller, in one round trip.</summary>
internal sealed class BriefingReader(NpgsqlDataSource database)
{
    /// <summary>The upper limit of the text count and of the call count. The limit keeps the query cheap for a lead with a long history.</summary>
    internal const int CountLimit = 1000;

    private const int MaxTexts = 8;
    private const int MaxTextLength = 300;

    private const string AnswerSql = "SELECT answer FROM initiation_sessions WHERE call_sid = $1";

    private const string LeadSql = """
        SELECT id, name,
            (SELECT count(*) FROM (SELECT FROM messages WHERE lead_id = leads.id LIMIT $2) AS counted),
            (SELECT count(*) FROM (SELECT FROM conversations WHERE lead_id = leads.id LIMIT $2) AS counted),
            (SELECT coalesce(started_at, created_at) FROM conversations WHERE lead_id = leads.id ORDER BY created_at DESC LIMIT 1),
            (SELECT summary FROM conversations WHERE lead_id = leads.id AND summary IS NOT NULL ORDER BY created_at DESC LIMIT 1),
            phone IS NOT NULL
        FROM leads WHERE id = coalesce(
            (SELECT id FROM leads WHERE id = $4), (SELECT lead_id FROM lead_addresses WHERE kind = $1 AND address = $3))
        """;

    private const string TextsSql = """
        SELECT direction = 'inbound', left(body, $3), received_at FROM messages
        WHERE lead_id = coalesce(
            (SELECT id FROM leads WHERE id = $5), (SELECT lead_id FROM lead_addresses WHERE kind = $1 AND address = $4))
        ORDER BY received_at DESC, id DESC LIMIT $2
        """;

    /// <summary>
    /// Returns the stored answer for this call, and the lead with this id, or else with this address. Each is null if it does not exist.
    /// </summary>
    public async Task<(string? Answer, KnownLead? Lead)> ReadAsync(
        string? callSid,
        LeadId? leadId,
        ChannelAddress? address,
        CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch();
        var answer = AddCommand(batch, AnswerSql);
        answer.AddText(callSid);
        var lead = AddCommand(batch, LeadSql);
        lead.AddText(address?.Kind);
        lead.AddInteger(CountLimit);
        lead.AddText(address?.Address);
        lead.AddUuid(leadId?.Value);
        var texts = AddCommand(batch, TextsSql);
        texts.AddText(address?.Kind);
        texts.AddInteger(MaxTexts);
        texts.AddInteger(MaxTextLength);
        texts.AddText(address?.Address);
        texts.AddUuid(leadId?.Value);

        await using var row = await batch.ExecuteReaderAsync(cancellationToken);
        var storedAnswer = await row.ReadAsync(cancellationToken) && !row.IsDBNull(0) ? row.GetString(0) : null;
        await row.NextResultAsync(cancellationToken);
        var known = await row.ReadAsync(cancellationToken) ? ReadLead(row) : null;
        await row.NextResultAsync(cancellationToken);
        var newestFirst = new List<KnownText>();
        while (await row.ReadAsync(cancellationToken))
        {
            newestFirst.Add(new KnownText(row.GetBoolean(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2)));
        }

        newestFirst.Reverse();
        return (storedAnswer, known is null ? null : known with { Texts = newestFirst });
    }

    private static NpgsqlParameterCollection AddCommand(NpgsqlBatch batch, string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        batch.BatchCommands.Add(command);
        return command.Parameters;
    }

    private static KnownLead ReadLead(NpgsqlDataReader row) => new(
        new LeadId(row.GetGuid(0)),
        row.GetTextOrNull(1),
        row.GetInt64(2),
        row.GetInt64(3),
        row.GetTimeOrNull(4),
        row.GetTextOrNull(5),
        [],
        row.GetBoolean(6));
}
