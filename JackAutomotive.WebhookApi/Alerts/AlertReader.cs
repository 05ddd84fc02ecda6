using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.Alerts;

/// <summary>An alert.</summary>
/// <param name="Id">The id of the alert.</param>
/// <param name="Kind">One of <see cref="AlertKinds"/>.</param>
/// <param name="Subject">What the alert is about.</param>
/// <param name="Instance">The instance that is concerned; null if all are.</param>
/// <param name="Detail">What is wrong and what to do.</param>
/// <param name="RaisedAt">When the alert was raised.</param>
/// <param name="LastSeenAt">When the condition was last seen, to the minute.</param>
/// <param name="ClearedAt">When the condition ended; null while the alert is open.</param>
/// <param name="AcknowledgedAt">When somebody took care of the alert.</param>
/// <param name="AcknowledgedBy">The name of that person's API key.</param>
internal sealed record AlertDetails(
    Guid Id,
    string Kind,
    string Subject,
    string? Instance,
    string Detail,
    DateTimeOffset RaisedAt,
    DateTimeOffset LastSeenAt,
    DateTimeOffset? ClearedAt,
    DateTimeOffset? AcknowledgedAt,
    string? AcknowledgedBy);

/// <summary>Reads and acknowledges alerts for our own API.</summary>
internal sealed class AlertReader(NpgsqlDataSource database, TimeProvider time)
{
    private const string Columns =
        "id, kind, subject, nullif(instance, ''), detail, raised_at, last_seen_at, cleared_at, acknowledged_at, acknowledged_by";

    private const string ListSql = $"""
        SELECT {Columns} FROM alerts
        WHERE ($1 OR cleared_at IS NULL) AND ($2::text IS NULL OR kind = $2) AND ($3::uuid IS NULL OR id < $3)
        ORDER BY id DESC LIMIT $4
        """;

    // The first person who acknowledges an alert stays.
    private const string AcknowledgeSql = $"""
        UPDATE alerts SET acknowledged_at = coalesce(acknowledged_at, $2), acknowledged_by = coalesce(acknowledged_by, $3)
        WHERE id = $1 RETURNING {Columns}
        """;

    /// <summary>Lists alerts, newest first.</summary>
    public async Task<IReadOnlyList<AlertDetails>> ListAsync(
        bool withCleared,
        string? kind,
        Guid? before,
        int limit,
        CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ListSql);
        command.Parameters.AddBoolean(withCleared);
        command.Parameters.AddText(kind);
        command.Parameters.AddUuid(before);
        command.Parameters.AddInteger(limit);
        return await command.ReadAllAsync(ReadAlert, cancellationToken);
    }

    /// <summary>Notes that a person takes care of an alert. Returns null if there is no such alert.</summary>
    public async Task<AlertDetails?> AcknowledgeAsync(Guid id, string person, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(AcknowledgeSql);
        command.Parameters.AddUuid(id);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        command.Parameters.AddText(person);
        var found = await command.ReadAllAsync(ReadAlert, cancellationToken);
        return found is [var alert] ? alert : null;
    }

    private static AlertDetails ReadAlert(NpgsqlDataReader row) => new(
        row.GetGuid(0),
        row.GetString(1),
        row.GetString(2),
        row.GetTextOrNull(3),
        row.GetString(4),
        row.GetFieldValue<DateTimeOffset>(5),
        row.GetFieldValue<DateTimeOffset>(6),
        row.GetTimeOrNull(7),
        row.GetTimeOrNull(8),
        row.GetTextOrNull(9));
}
