using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Messaging;

namespace JackAutomotive.WebhookApi.Features.Twilio;

/// <summary>Every status that was told of a text, and the state that follows from them. The text itself need not be stored yet.</summary>
internal sealed class MessageStateStore(TimeProvider time)
{
    private const string BeginSql = """
        INSERT INTO message_states (message_sid, updated_at) VALUES ($1, $2) ON CONFLICT (message_sid) DO NOTHING
        """;

    private const string LockSql = "SELECT status FROM message_states WHERE message_sid = $1 FOR UPDATE";

    private const string AddSql = """
        INSERT INTO message_statuses (message_sid, status, error_code, error_message, told_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (message_sid, status) DO NOTHING
        """;

    private const string ToldSql = "SELECT status, error_code, error_message FROM message_statuses WHERE message_sid = $1";

    private const string SaveSql = """
        UPDATE message_states SET status = $2, error_code = $3, error_message = $4, updated_at = $5 WHERE message_sid = $1
        """;

    private const string FindLeadSql = "SELECT lead_id FROM messages WHERE message_sid = $1";

    /// <summary>Adds a report to the history.</summary>
    /// <param name="work">The transaction; holds the text's state locked until it ends.</param>
    /// <param name="messageSid">Which text.</param>
    /// <param name="report">What was told.</param>
    /// <param name="toldAt">When.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The state, if the report has changed it; else null.</returns>
    public async Task<MessageReport?> AddAsync(
        UnitOfWork work,
        string messageSid,
        MessageReport report,
        DateTimeOffset toldAt,
        CancellationToken cancellationToken)
    {
        var before = await LockAsync(work, messageSid, cancellationToken);

        await using var add = work.CreateCommand(AddSql);
        add.Parameters.AddText(messageSid);
        add.Parameters.AddText(report.Status);
        add.Parameters.AddText(report.ErrorCode);
        add.Parameters.AddText(report.ErrorMessage);
        add.Parameters.AddTime(toldAt);
        await add.ExecuteNonQueryAsync(cancellationToken);

        var state = MessageProgress.Of(await ReadAsync(work, messageSid, cancellationToken));
        if (state is null || state.Status == before)
        {
            return null;
        }

        await using var save = work.CreateCommand(SaveSql);
        save.Parameters.AddText(messageSid);
        save.Parameters.AddText(state.Status);
        save.Parameters.AddText(state.ErrorCode);
        save.Parameters.AddText(state.ErrorMessage);
        save.Parameters.AddTime(time.GetUtcNow());
        await save.ExecuteNonQueryAsync(cancellationToken);
        return state;
    }

    /// <summary>Whose text it is, if it is stored.</summary>
    public static async Task<LeadId?> FindLeadAsync(UnitOfWork work, string messageSid, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(FindLeadSql);
        command.Parameters.AddText(messageSid);
        return await command.ExecuteScalarAsync(cancellationToken) is Guid lead ? new LeadId(lead) : null;
    }

    private async Task<string?> LockAsync(UnitOfWork work, string messageSid, CancellationToken cancellationToken)
    {
        await using var begin = work.CreateCommand(BeginSql);
        begin.Parameters.AddText(messageSid);
        begin.Parameters.AddTime(time.GetUtcNow());
        await begin.ExecuteNonQueryAsync(cancellationToken);

        await using var command = work.CreateCommand(LockSql);
        command.Parameters.AddText(messageSid);
        return await command.ExecuteScalarAsync(cancellationToken) as string;
    }

    private static async Task<List<MessageReport>> ReadAsync(UnitOfWork work, string messageSid, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(ToldSql);
        command.Parameters.AddText(messageSid);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var told = new List<MessageReport>();
        while (await rows.ReadAsync(cancellationToken))
        {
            told.Add(new MessageReport(
                rows.GetString(0),
                rows.IsDBNull(1) ? null : rows.GetString(1),
                rows.IsDBNull(2) ? null : rows.GetString(2)));
        }

        return told;
    }
}
