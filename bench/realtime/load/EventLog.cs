using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using JackAutomotive.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.RealtimeLoad;

/// <summary>
/// The log of lead events in Postgres, from which streams resume. A separate thread commits all waiting events in one transaction, because
/// the readers' thread must not wait for a disk.
/// </summary>
internal sealed class EventLog : IDisposable
{
    private const string InsertSql = """
        INSERT INTO lead_events (lead_id, seq, type, occurred_at, data, trace_parent)
        SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[], $5::json[], $6::text[]);
        """;

    private const string UpdateLastSeqSql = """
        UPDATE leads SET last_seq = raised.seq
        FROM (SELECT lead_id, max(seq) AS seq FROM unnest($1::uuid[], $2::bigint[]) AS event (lead_id, seq) GROUP BY lead_id) AS raised
        WHERE id = raised.lead_id;
        """;

    private readonly BlockingCollection<OutgoingMessage> _waiting = [];
    private readonly ConcurrentQueue<OutgoingMessage> _committed = [];
    private readonly NpgsqlConnection _connection;
    private readonly Thread _thread;
    private Exception? _failure;

    public EventLog(string connectionString)
    {
        _connection = new NpgsqlConnection(connectionString);
        _connection.Open();
        _thread = new Thread(Commit) { IsBackground = true };
        _thread.Start();
    }

    public void Append(OutgoingMessage outgoing) => _waiting.Add(outgoing);

    /// <exception cref="InvalidOperationException">Postgres refused a write, so the run is invalid.</exception>
    public bool TryTakeCommitted([NotNullWhen(true)] out OutgoingMessage? committed) => _failure is null
        ? _committed.TryDequeue(out committed)
        : throw new InvalidOperationException("The log cannot be written.", _failure);

    public void Dispose()
    {
        _waiting.CompleteAdding();
        _thread.Join();
        _connection.Dispose();
        _waiting.Dispose();
    }

    private void Commit()
    {
        try
        {
            var batch = new List<OutgoingMessage>();
            while (_waiting.TryTake(out var first, Timeout.Infinite))
            {
                batch.Add(first);
                while (batch.Count < 500 && _waiting.TryTake(out var next))
                {
                    batch.Add(next);
                }

                Write([.. batch.Select(outgoing => outgoing.Message)]);
                batch.ForEach(_committed.Enqueue);
                batch.Clear();
            }
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            _failure = e;
        }
    }

    // Npgsql runs both statements of the batch in one transaction.
    private void Write(LeadEvent[] events)
    {
        using var batch = new NpgsqlBatch(_connection);
        var insert = new NpgsqlBatchCommand(InsertSql);
        Add(insert, Array.ConvertAll(events, e => e.LeadId.Value), NpgsqlDbType.Uuid);
        Add(insert, Array.ConvertAll(events, e => e.Seq), NpgsqlDbType.Bigint);
        Add(insert, Array.ConvertAll(events, e => e.Type), NpgsqlDbType.Text);
        Add(insert, Array.ConvertAll(events, e => e.OccurredAt), NpgsqlDbType.TimestampTz);
        Add(insert, Array.ConvertAll(events, e => e.Data), NpgsqlDbType.Json);
        Add(insert, Array.ConvertAll(events, e => e.TraceParent), NpgsqlDbType.Text);
        batch.BatchCommands.Add(insert);

        var update = new NpgsqlBatchCommand(UpdateLastSeqSql);
        Add(update, Array.ConvertAll(events, e => e.LeadId.Value), NpgsqlDbType.Uuid);
        Add(update, Array.ConvertAll(events, e => e.Seq), NpgsqlDbType.Bigint);
        batch.BatchCommands.Add(update);
        batch.ExecuteNonQuery();
    }

    private static void Add<T>(NpgsqlBatchCommand command, T[] values, NpgsqlDbType type) =>
        command.Parameters.Add(new NpgsqlParameter { Value = values, NpgsqlDbType = NpgsqlDbType.Array | type });
}
