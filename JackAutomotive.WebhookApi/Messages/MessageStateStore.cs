using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using Npgsql;

namespace JackAutomotive.WebhookApi.Messages;

/// <summary>What a report has changed.</summary>
/// <param name="NewState">The new state of the text; null if the state is unchanged.</param>
/// <param name="IsContradiction">Whether the report names another error than an earlier report of the same status.</param>
internal sealed record MessageUpdate(MessageReport? NewState, bool IsContradiction);

/// <summary>Stores the reported statuses of each text, and the state that follows from them. A status may arrive before the text is stored.</summary>
internal sealed class MessageStateStore(TimeProvider time)
{
    private const string InsertStateSql = """
        INSERT INTO message_states (message_sid, updated_at) VALUES ($1, $2) ON CONFLICT (message_sid) DO NOTHING
        """;

    private const string LockStateSql = "SELECT status, error_code, error_message FROM message_states WHERE message_sid = $1 FOR UPDATE";

    private const string FindStateSql = "SELECT status, error_code, error_message FROM message_states WHERE message_sid = $1";

    private const string InsertReportSql = """
        INSERT INTO message_statuses (message_sid, status, error_code, error_message, told_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING
        """;

    private const string ReportsSql = "SELECT status, error_code, error_message FROM message_statuses WHERE message_sid = $1";

    private const string UpdateStateSql = """
        UPDATE message_states SET status = $2, error_code = $3, error_message = $4, updated_at = $5 WHERE message_sid = $1
        """;

    private const string FindLeadSql = "SELECT lead_id FROM messages WHERE message_sid = $1";

    /// <summary>Stores a report of a text and the state that follows from all its reports.</summary>
    /// <param name="work">The unit of work. Its transaction locks the state of the text.</param>
    /// <param name="messageSid">Twilio's id of the text.</param>
    /// <param name="report">The reported status.</param>
    /// <param name="receivedAt">When the report was received.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The new state, or null if the report has not changed it; and whether the report contradicts an earlier one.</returns>
    public async Task<MessageUpdate> AddAsync(
        UnitOfWork work,
        string messageSid,
        MessageReport report,
        DateTimeOffset receivedAt,
        CancellationToken cancellationToken)
    {
        var stateBefore = await LockStateAsync(work, messageSid, cancellationToken);

        await using var insert = work.CreateCommand(InsertReportSql);
        insert.Parameters.AddText(messageSid);
        insert.Parameters.AddText(report.Status);
        insert.Parameters.AddText(report.ErrorCode);
        insert.Parameters.AddText(report.ErrorMessage);
        insert.Parameters.AddTimestamp(receivedAt);
        var isNew = await insert.ExecuteNonQueryAsync(cancellationToken) > 0;

        var reports = await ReadReportsAsync(work, messageSid, cancellationToken);
        var isContradiction = isNew && reports.Any(report.Contradicts);
        var state = MessageProgress.FromReports(reports);
        if (state is null || state == stateBefore)
        {
            return new MessageUpdate(null, isContradiction);
        }

        await using var update = work.CreateCommand(UpdateStateSql);
        update.Parameters.AddText(messageSid);
        update.Parameters.AddText(state.Status);
        update.Parameters.AddText(state.ErrorCode);
        update.Parameters.AddText(state.ErrorMessage);
        update.Parameters.AddTimestamp(time.GetUtcNow());
        await update.ExecuteNonQueryAsync(cancellationToken);
        return new MessageUpdate(state, isContradiction);
    }

    /// <summary>Finds the lead of a text. Returns null if the text is not stored.</summary>
    public static async Task<LeadId?> FindLeadAsync(UnitOfWork work, string messageSid, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(FindLeadSql);
        command.Parameters.AddText(messageSid);
        return await command.ExecuteScalarAsync(cancellationToken) is Guid lead ? new LeadId(lead) : null;
    }

    /// <summary>Finds the state of a text. Returns null if no known status was reported.</summary>
    public static async Task<MessageReport?> FindAsync(UnitOfWork work, string messageSid, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(FindStateSql);
        command.Parameters.AddText(messageSid);
        return await ReadStateAsync(command, cancellationToken);
    }

    private async Task<MessageReport?> LockStateAsync(UnitOfWork work, string messageSid, CancellationToken cancellationToken)
    {
        await using var insert = work.CreateCommand(InsertStateSql);
        insert.Parameters.AddText(messageSid);
        insert.Parameters.AddTimestamp(time.GetUtcNow());
        await insert.ExecuteNonQueryAsync(cancellationToken);

        await using var lockState = work.CreateCommand(LockStateSql);
        lockState.Parameters.AddText(messageSid);
        return await ReadStateAsync(lockState, cancellationToken);
    }

    private static async Task<MessageReport?> ReadStateAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken) && row.GetTextOrNull(0) is { } status
            ? new MessageReport(status, row.GetTextOrNull(1), row.GetTextOrNull(2))
            : null;
    }

    private static async Task<List<MessageReport>> ReadReportsAsync(UnitOfWork work, string messageSid, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(ReportsSql);
        command.Parameters.AddText(messageSid);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        var reports = new List<MessageReport>();
        while (await rows.ReadAsync(cancellationToken))
        {
            reports.Add(new MessageReport(
                rows.GetString(0),
                rows.IsDBNull(1) ? null : rows.GetString(1),
                rows.IsDBNull(2) ? null : rows.GetString(2)));
        }

        return reports;
    }
}
