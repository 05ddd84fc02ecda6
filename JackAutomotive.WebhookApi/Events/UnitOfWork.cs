using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Events;

/// <summary>
/// One transaction that carries the truth: domain rows, the events that tell of them, and whatever else must be so together.
/// Events get their place in the lead's log when it commits.
/// </summary>
internal sealed class UnitOfWork : IAsyncDisposable
{
    // Raising last_seq takes the lead's row lock and holds it until the commit: that is what keeps the log without gaps and makes
    // events become visible in order. Their places in the log of all leads are given in the order of the rows.
    private const string AppendSql = """
        -- append events
        WITH lead AS (
            UPDATE leads SET last_seq = last_seq + cardinality($2), updated_at = $5 WHERE id = $1
            RETURNING id, last_seq - cardinality($2) AS before),
        appended AS (
            INSERT INTO lead_events (lead_id, seq, type, occurred_at, data, trace_parent, delivery_id)
            SELECT lead.id, lead.before + event.place, event.type, event.occurred_at, event.data::json, $6, $7
            FROM lead, unnest($2, $3, $4) WITH ORDINALITY AS event (type, occurred_at, data, place)
            ORDER BY event.place
            RETURNING lead_id, seq),
        queued AS (
            INSERT INTO event_outbox (lead_id, seq, created_at) SELECT lead_id, seq, $5 FROM appended)
        SELECT before FROM lead
        """;

    // Escapes what JSON requires and no more, as the API's own answers do: nobody puts these into HTML unescaped.
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly TimeProvider _time;
    private readonly long? _delivery;
    private readonly List<Raised> _raised = [];

    private readonly EventRelay _relay;

    private UnitOfWork(NpgsqlConnection connection, NpgsqlTransaction transaction, EventRelay relay, TimeProvider time, long? delivery)
    {
        _relay = relay;
        _connection = connection;
        _transaction = transaction;
        _time = time;
        _delivery = delivery;
    }

    /// <summary>Opens a connection and begins a transaction; see <see cref="UnitOfWorkFactory.BeginAsync"/>.</summary>
    internal static async Task<UnitOfWork> BeginAsync(
        NpgsqlDataSource database,
        EventRelay relay,
        TimeProvider time,
        long? delivery,
        CancellationToken cancellationToken)
    {
        var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            return new UnitOfWork(connection, await connection.BeginTransactionAsync(cancellationToken), relay, time, delivery);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>A command inside the transaction.</summary>
    public NpgsqlCommand CreateCommand(string sql) => new(sql, _connection, _transaction);

    /// <summary>Notes an event; it is written, after those noted before it, when the work is committed.</summary>
    /// <param name="lead">Whose log; the lead must exist when the work is committed.</param>
    /// <param name="type">One of <see cref="LeadEventTypes"/>.</param>
    /// <param name="occurredAt">When it happened.</param>
    /// <param name="data">The event's own fields.</param>
    public void Raise<T>(LeadId lead, string type, DateTimeOffset occurredAt, T data) =>
        _raised.Add(new Raised(lead, type, ToMicroseconds(occurredAt), JsonSerializer.Serialize(data, s_json)));

    /// <summary>Appends the raised events to their leads' logs, commits everything and has the events published.</summary>
    /// <returns>The events as they are in the logs now.</returns>
    public async Task<IReadOnlyList<LeadEvent>> CommitAsync(CancellationToken cancellationToken)
    {
        var events = new List<LeadEvent>(_raised.Count);

        // In the order of their ids, so that two units of work never wait for each other's leads.
        foreach (var log in _raised.GroupBy(raised => raised.Lead).OrderBy(log => log.Key.Value))
        {
            await AppendAsync(log.Key, [.. log], events, cancellationToken);
        }

        await _transaction.CommitAsync(cancellationToken);
        _relay.Announce(events);
        return events;
    }

    private async Task AppendAsync(LeadId lead, Raised[] raised, List<LeadEvent> events, CancellationToken cancellationToken)
    {
        var trace = Activity.Current?.Id;
        await using var command = CreateCommand(AppendSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddArray(Array.ConvertAll(raised, e => e.Type), NpgsqlDbType.Text);
        command.Parameters.AddArray(Array.ConvertAll(raised, e => e.OccurredAt.UtcDateTime), NpgsqlDbType.TimestampTz);
        command.Parameters.AddArray(Array.ConvertAll(raised, e => e.Data), NpgsqlDbType.Text);
        command.Parameters.AddTime(_time.GetUtcNow());
        command.Parameters.AddText(trace);
        command.Parameters.AddBigint(_delivery);

        var before = (long?)await command.ExecuteScalarAsync(cancellationToken)
            ?? throw new InvalidOperationException($"There is no lead {lead} to tell of.");
        events.AddRange(raised.Select((e, i) => new LeadEvent(lead, before + i + 1, e.Type, e.OccurredAt, e.Data, trace)));
    }

    /// <summary>Undoes everything that was not committed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    // What Postgres keeps of a time; else a live event and its replay would differ in the seventh digit.
    private static DateTimeOffset ToMicroseconds(DateTimeOffset value) =>
        new(value.UtcTicks - (value.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);

    private sealed record Raised(LeadId Lead, string Type, DateTimeOffset OccurredAt, string Data);
}

/// <summary>Begins units of work.</summary>
internal sealed class UnitOfWorkFactory(NpgsqlDataSource database, EventRelay relay, TimeProvider time)
{
    /// <summary>Opens a connection and begins a transaction.</summary>
    /// <param name="delivery">The inbox row that causes the work, recorded with each event; null if no delivery causes it.</param>
    /// <param name="cancellationToken">Ends the wait for Postgres.</param>
    public Task<UnitOfWork> BeginAsync(long? delivery, CancellationToken cancellationToken) =>
        UnitOfWork.BeginAsync(database, relay, time, delivery, cancellationToken);
}
