using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Events;

/// <summary>
/// One transaction for domain rows, the events about the rows, and everything else that must commit together. The commit appends the events to
/// their leads' logs and so determines the <c>seq</c> of each event.
/// </summary>
internal sealed class UnitOfWork : IAsyncDisposable
{
    // The update of last_seq locks the lead's row until the commit. The lock keeps each log free of gaps and makes events visible in order.
    // The order of the inserted rows determines the events' places in the log of all leads.
    private const string AppendSql = """
        -- append events
        WITH lead AS (
            UPDATE leads SET last_seq = last_seq + cardinality($2), updated_at = $5 WHERE id = $1
            RETURNING id, last_seq - cardinality($2) AS previous_seq),
        appended AS (
            INSERT INTO lead_events (lead_id, seq, type, occurred_at, data, trace_parent, delivery_id)
            SELECT lead.id, lead.previous_seq + event.number, event.type, event.occurred_at, event.data::json, $6, $7
            FROM lead, unnest($2, $3, $4) WITH ORDINALITY AS event (type, occurred_at, data, number)
            ORDER BY event.number
            RETURNING lead_id, seq),
        queued AS (
            INSERT INTO event_outbox (lead_id, seq, created_at) SELECT lead_id, seq, $5 FROM appended)
        SELECT previous_seq FROM lead
        """;

    // Escapes only what JSON requires, as the API's answers do. No client inserts this JSON into HTML unescaped.
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly EventRelay _relay;
    private readonly TimeProvider _time;
    private readonly long? _deliveryId;
    private readonly List<RaisedEvent> _raised = [];
    private readonly List<Action> _afterCommit = [];

    private UnitOfWork(NpgsqlConnection connection, NpgsqlTransaction transaction, EventRelay relay, TimeProvider time, long? deliveryId)
    {
        _connection = connection;
        _transaction = transaction;
        _relay = relay;
        _time = time;
        _deliveryId = deliveryId;
    }

    /// <summary>Opens a connection and begins a transaction; see <see cref="UnitOfWorkFactory.BeginAsync"/>.</summary>
    internal static async Task<UnitOfWork> BeginAsync(
        NpgsqlDataSource database,
        EventRelay relay,
        TimeProvider time,
        long? deliveryId,
        CancellationToken cancellationToken)
    {
        var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            return new UnitOfWork(connection, await connection.BeginTransactionAsync(cancellationToken), relay, time, deliveryId);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates a command inside the transaction.</summary>
    public NpgsqlCommand CreateCommand(string sql) => new(sql, _connection, _transaction);

    /// <summary>Records an event, which <see cref="CommitAsync"/> appends to the lead's log in the order of the calls.</summary>
    /// <param name="lead">The lead, which must exist when the work is committed.</param>
    /// <param name="type">One of <see cref="LeadEventTypes"/>.</param>
    /// <param name="occurredAt">When the event happened.</param>
    /// <param name="data">The event's own fields.</param>
    public void Raise<T>(LeadId lead, string type, DateTimeOffset occurredAt, T data) =>
        _raised.Add(new RaisedEvent(lead, type, TruncateToMicroseconds(occurredAt), JsonSerializer.Serialize(data, s_json)));

    /// <summary>Runs an action once the transaction has committed, such as the signal to a worker. The action must not block or throw.</summary>
    public void AfterCommit(Action action) => _afterCommit.Add(action);

    /// <summary>Appends the raised events to their leads' logs, commits the transaction and queues the events for publishing.</summary>
    /// <returns>The appended events with their <c>seq</c>.</returns>
    public async Task<IReadOnlyList<LeadEvent>> CommitAsync(CancellationToken cancellationToken)
    {
        var events = new List<LeadEvent>(_raised.Count);

        // The order of the lead ids prevents a deadlock between two units of work that raise events of the same leads.
        foreach (var group in _raised.GroupBy(raised => raised.Lead).OrderBy(group => group.Key.Value))
        {
            events.AddRange(await AppendAsync(group.Key, [.. group], cancellationToken));
        }

        await _transaction.CommitAsync(cancellationToken);
        _relay.Enqueue(events);
        _afterCommit.ForEach(action => action());
        return events;
    }

    private async Task<IEnumerable<LeadEvent>> AppendAsync(LeadId lead, RaisedEvent[] raised, CancellationToken cancellationToken)
    {
        var trace = Activity.Current?.Id;
        await using var command = CreateCommand(AppendSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddArray(Array.ConvertAll(raised, e => e.Type), NpgsqlDbType.Text);
        command.Parameters.AddArray(Array.ConvertAll(raised, e => e.OccurredAt.UtcDateTime), NpgsqlDbType.TimestampTz);
        command.Parameters.AddArray(Array.ConvertAll(raised, e => e.Data), NpgsqlDbType.Text);
        command.Parameters.AddTimestamp(_time.GetUtcNow());
        command.Parameters.AddText(trace);
        command.Parameters.AddBigint(_deliveryId);

        var previousSeq = (long?)await command.ExecuteScalarAsync(cancellationToken)
            ?? throw new InvalidOperationException($"The lead {lead} does not exist.");
        return raised.Select((e, i) => new LeadEvent(lead, previousSeq + i + 1, e.Type, e.OccurredAt, e.Data, trace));
    }

    /// <summary>Rolls back the transaction unless it was committed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    // Postgres stores microseconds. Without the truncation, a live event and its replay would differ in the seventh decimal digit.
    private static DateTimeOffset TruncateToMicroseconds(DateTimeOffset value) =>
        new(value.UtcTicks - (value.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    private sealed record RaisedEvent(LeadId Lead, string Type, DateTimeOffset OccurredAt, string Data);
}

/// <summary>Begins units of work.</summary>
internal sealed class UnitOfWorkFactory(NpgsqlDataSource database, EventRelay relay, TimeProvider time)
{
    /// <summary>Opens a connection and begins a transaction.</summary>
    /// <param name="deliveryId">The delivery that causes the work, stored with each event; null if no delivery causes the work.</param>
    /// <param name="cancellationToken">Cancels the wait for Postgres.</param>
    public Task<UnitOfWork> BeginAsync(long? deliveryId, CancellationToken cancellationToken) =>
        UnitOfWork.BeginAsync(database, relay, time, deliveryId, cancellationToken);
}
