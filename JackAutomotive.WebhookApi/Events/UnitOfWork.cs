using System.Diagnostics;
using System.Globalization;
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
    // The locks on the leads' rows last until the commit. They keep each log free of gaps and make events visible in order. Their order
    // prevents a deadlock between two units of work that raise events of the same leads. The order of the inserted rows determines the
    // events' places in the log of all leads.
    private const string AppendSql = """
        -- append events
        WITH locked AS MATERIALIZED (
            SELECT id FROM leads WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE),
        lead AS (
            UPDATE leads SET last_seq = last_seq + raised.count, updated_at = $3
            FROM locked JOIN unnest($1, $2) AS raised (id, count) USING (id)
            WHERE leads.id = locked.id
            RETURNING leads.id, last_seq - raised.count AS previous_seq),
        appended AS (
            INSERT INTO lead_events (lead_id, seq, type, occurred_at, data, trace_parent, delivery_id)
            SELECT lead.id, lead.previous_seq + event.position, event.type, event.occurred_at, event.data::json, event.trace_parent,
                event.delivery_id
            FROM unnest($4, $5, $6, $7, $8, $9, $10) WITH ORDINALITY
                AS event (lead_id, position, type, occurred_at, data, trace_parent, delivery_id, number)
            JOIN lead ON lead.id = event.lead_id
            ORDER BY event.number
            RETURNING lead_id, seq),
        queued AS (
            INSERT INTO outbox_transactions (lead_ids, seqs, created_at)
            SELECT array_agg(lead_id), array_agg(seq), $3 FROM appended HAVING count(*) > 0
            RETURNING id)
        SELECT lead.id, lead.previous_seq, queued.id FROM lead CROSS JOIN queued
        """;

    private const string LimitLockWaitsSql = "SELECT set_config('lock_timeout', $1, true)";

    // Escapes only what JSON requires, as the API's answers do. No client inserts this JSON into HTML unescaped.
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;
    private readonly EventRelay _relay;
    private readonly TimeProvider _time;
    private readonly List<RaisedEvent> _raised = [];
    private readonly List<UnpublishedEvents> _appended = [];
    private readonly List<Action> _afterCommit = [];

    private UnitOfWork(NpgsqlConnection connection, NpgsqlTransaction transaction, EventRelay relay, TimeProvider time, long? deliveryId)
    {
        _connection = connection;
        _transaction = transaction;
        _relay = relay;
        _time = time;
        DeliveryId = deliveryId;
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

    /// <summary>The delivery that causes the work; null if no delivery causes it.</summary>
    public long? DeliveryId { get; private set; }

    /// <summary>How often something has used this unit of work: the number of commands and events.</summary>
    public int Uses { get; private set; }

    /// <summary>Begins the part of the work that a delivery causes. Events that are raised from now on belong to this delivery.</summary>
    public void ContinueWith(long deliveryId) => DeliveryId = deliveryId;

    /// <summary>
    /// Lets each statement that follows wait for a lock for at most <paramref name="limit"/>. A longer wait fails the unit of work.
    /// </summary>
    public async Task LimitLockWaitsAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        await using var command = CreateCommand(LimitLockWaitsSql);
        command.Parameters.AddText(string.Create(CultureInfo.InvariantCulture, $"{limit.TotalMilliseconds:0}ms"));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Creates a command inside the transaction.</summary>
    public NpgsqlCommand CreateCommand(string sql)
    {
        Uses++;
        return new NpgsqlCommand(sql, _connection, _transaction);
    }

    /// <summary>Creates a batch of commands inside the transaction.</summary>
    public NpgsqlBatch CreateBatch()
    {
        Uses++;
        return new NpgsqlBatch(_connection, _transaction);
    }

    /// <summary>Records an event, which <see cref="CommitAsync"/> appends to the lead's log in the order of the calls.</summary>
    /// <param name="lead">The lead, which must exist when the work is committed.</param>
    /// <param name="type">One of <see cref="LeadEventTypes"/>.</param>
    /// <param name="occurredAt">When the event happened.</param>
    /// <param name="data">The event's own fields.</param>
    public void Raise<T>(LeadId lead, string type, DateTimeOffset occurredAt, T data)
    {
        Uses++;
        _raised.Add(new RaisedEvent(
            lead, type, TruncateToMicroseconds(occurredAt), JsonSerializer.Serialize(data, s_json), Activity.Current?.Id, DeliveryId));
    }

    /// <summary>Runs an action once the transaction has committed, such as the signal to a worker. The action must not block or throw.</summary>
    public void AfterCommit(Action action) => _afterCommit.Add(action);

    /// <summary>Appends the raised events to their leads' logs, commits the transaction and queues the events for publishing.</summary>
    /// <returns>The appended events with their <c>seq</c>.</returns>
    public async Task<IReadOnlyList<LeadEvent>> CommitAsync(CancellationToken cancellationToken)
    {
        await AppendRaisedAsync(cancellationToken);
        await _transaction.CommitAsync(cancellationToken);
        _appended.ForEach(_relay.Enqueue);
        _afterCommit.ForEach(action => action());
        return [.. _appended.SelectMany(appended => appended.Events)];
    }

    /// <summary>
    /// Appends the events that are raised so far, before the commit. Use this method where a later statement of the transaction needs the lead's
    /// log to be complete, because it removes the lead.
    /// </summary>
    public async Task AppendRaisedAsync(CancellationToken cancellationToken)
    {
        if (_raised.Count == 0)
        {
            return;
        }

        _appended.Add(await AppendAsync(cancellationToken));
        await LeadContacts.SaveAsync(this, _raised.Select(e => (e.Lead, e.Type, e.OccurredAt)), _time.GetUtcNow(), cancellationToken);
        _raised.Clear();
    }

    private async Task<UnpublishedEvents> AppendAsync(CancellationToken cancellationToken)
    {
        var logs = _raised.GroupBy(raised => raised.Lead).ToList();
        RaisedEvent[] events = [.. logs.SelectMany(log => log)];
        int[] positions = [.. logs.SelectMany(log => Enumerable.Range(1, log.Count()))];

        await using var command = CreateCommand(AppendSql);
        command.Parameters.AddArray(logs.Select(log => log.Key.Value).ToArray(), NpgsqlDbType.Uuid);
        command.Parameters.AddArray(logs.Select(log => log.Count()).ToArray(), NpgsqlDbType.Integer);
        command.Parameters.AddTimestamp(_time.GetUtcNow());
        command.Parameters.AddArray(Array.ConvertAll(events, e => e.Lead.Value), NpgsqlDbType.Uuid);
        command.Parameters.AddArray(positions, NpgsqlDbType.Integer);
        command.Parameters.AddArray(Array.ConvertAll(events, e => e.Type), NpgsqlDbType.Text);
        command.Parameters.AddArray(Array.ConvertAll(events, e => e.OccurredAt.UtcDateTime), NpgsqlDbType.TimestampTz);
        command.Parameters.AddArray(Array.ConvertAll(events, e => e.Data), NpgsqlDbType.Text);
        command.Parameters.AddArray(Array.ConvertAll(events, e => e.TraceParent), NpgsqlDbType.Text);
        command.Parameters.AddArray(Array.ConvertAll(events, e => e.DeliveryId), NpgsqlDbType.Bigint);

        var outboxId = 0L;
        var previousSeqs = new Dictionary<LeadId, long>(logs.Count);
        await using (var rows = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await rows.ReadAsync(cancellationToken))
            {
                previousSeqs.Add(new LeadId(rows.GetGuid(0)), rows.GetInt64(1));
                outboxId = rows.GetInt64(2);
            }
        }

        return new UnpublishedEvents(outboxId, [.. events.Select((e, i) => previousSeqs.TryGetValue(e.Lead, out var previousSeq)
            ? new LeadEvent(e.Lead, previousSeq + positions[i], e.Type, e.OccurredAt, e.Data, e.TraceParent)
            : throw new InvalidOperationException($"The lead {e.Lead} does not exist."))]);
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

    private sealed record RaisedEvent(
        LeadId Lead, string Type, DateTimeOffset OccurredAt, string Data, string? TraceParent, long? DeliveryId);
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
