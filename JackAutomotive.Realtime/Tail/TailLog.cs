using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Feeds;
using JackAutomotive.Realtime.Transport;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.Realtime.Tail;

/// <summary>A page of events from the end of the log.</summary>
/// <param name="Events">The visible events in the order of their places. Places in between may still be missing.</param>
/// <param name="OldestWriter">Every transaction with a lower id had ended when the page was read.</param>
/// <param name="IsFull">True if the log may hold further events.</param>
internal sealed record TailReadResult(List<TailEvent> Events, ulong OldestWriter, bool IsFull);

/// <summary>Reads the log of all leads from Postgres.</summary>
internal sealed class TailLog(NpgsqlDataSource database, LogReadSlots slots)
{
    private const int MaxPageBytes = 1024 * 1024;

    // A filter that matches few events must not make one query scan the whole log.
    private const int MaxPlacesSearched = 20_000;

    private const string NewestSql = "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM lead_events_position_seq";

    private const string TransactionSql = "SELECT pg_current_xact_id()";

    private const string OldestWriterSql = "SELECT pg_snapshot_xmin(pg_current_snapshot())";

    // If the log has fewer than $2 events, a gap can also precede the first event. The SQL then compares the first event with place 0.
    private const string LastGaplessSql = """
        SELECT coalesce(
            (SELECT min(before) FROM (
                SELECT position,
                    lag(position, 1, CASE WHEN count < $2 THEN 0 ELSE position - 1 END) OVER (ORDER BY position) AS before
                FROM (SELECT position, count(*) OVER () AS count
                    FROM (SELECT position FROM lead_events WHERE position <= $1 ORDER BY position DESC LIMIT $2) AS newest) AS counted) AS places
             WHERE position > before + 1),
            (SELECT max(position) FROM lead_events WHERE position <= $1),
            0)
        """;

    private const string ReadSql = """
        SELECT position, lead_id, seq, type, occurred_at, data::text, trace_parent, pg_snapshot_xmin(pg_current_snapshot())
        FROM lead_events
        WHERE position > $1
        ORDER BY position
        LIMIT $2
        """;

    private const string ReplaySql = """
        SELECT position, lead_id, seq, type, occurred_at, data::text, trace_parent
        FROM lead_events
        WHERE position > $1 AND position <= $2
            AND ($4::uuid[] IS NULL OR lead_id = ANY($4)) AND ($5::text[] IS NULL OR type = ANY($5))
        ORDER BY position
        LIMIT $3
        """;

    /// <summary>Returns the newest place that any transaction has taken, visible or not.</summary>
    public async Task<long> FindNewestPlaceAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(NewestSql);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Allocates a new transaction id. Every transaction that is writing at this moment has a lower id.</summary>
    public async Task<ulong> AllocateTransactionIdAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(TransactionSql);
        return (ulong)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Returns an id such that every transaction with a lower id has ended.</summary>
    public async Task<ulong> FindOldestWriterIdAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(OldestWriterSql);
        return (ulong)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>
    /// Returns the last place below the first gap among the last <paramref name="depth"/> events up to <paramref name="newest"/>. Returns the
    /// newest visible place if there is no gap.
    /// </summary>
    public async Task<long> FindLastGaplessPlaceAsync(long newest, int depth, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(LastGaplessSql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = newest });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = depth });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>
    /// Reads the visible events after a place: at most <paramref name="limit"/> events. The page ends early with the event that reaches
    /// <paramref name="maxBytes"/> of frames, so that a page has at least one event if the log has one.
    /// </summary>
    public async Task<TailReadResult> ReadAsync(long after, int limit, int maxBytes, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ReadSql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });

        var (events, bytes, oldestWriter) = (new List<TailEvent>(), 0, 0UL);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (bytes < maxBytes && await rows.ReadAsync(cancellationToken))
        {
            var tailEvent = ReadEvent(rows);
            events.Add(tailEvent);
            bytes += tailEvent.Block.Length;
            oldestWriter = rows.GetFieldValue<ulong>(7);
        }

        return new TailReadResult(events, oldestWriter, events.Count == limit || bytes >= maxBytes);
    }

    /// <summary>
    /// Reads a page of the events that one client missed. Replays share few connections, so the call may wait for other replays.
    /// </summary>
    /// <param name="filter">Selects the events for this client.</param>
    /// <param name="after">The client has every event up to this place.</param>
    /// <param name="upTo">The last place to read. Every place up to this one must be final.</param>
    /// <param name="limit">The most events in the page.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public Task<TailPage> ReplayAsync(TailFilter filter, long after, long upTo, int limit, CancellationToken cancellationToken) =>
        slots.ReadAsync(cancellation => ReadPageAsync(filter, after, upTo, limit, cancellation), cancellationToken);

    private async Task<TailPage> ReadPageAsync(TailFilter filter, long after, long upTo, int limit, CancellationToken cancellationToken)
    {
        var lastPlace = Math.Min(upTo, after + MaxPlacesSearched);
        await using var command = database.CreateCommand(ReplaySql);
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = lastPlace });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        AddArray(command, filter.Leads?.Select(lead => lead.Value).ToArray(), NpgsqlDbType.Uuid);
        AddArray(command, filter.Types?.ToArray(), NpgsqlDbType.Text);

        var (frames, bytes) = (new List<ReadOnlyMemory<byte>>(), 0);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var tailEvent = ReadEvent(rows);
            frames.Add(tailEvent.Block.Frames);
            bytes += tailEvent.Block.Length;
            if (bytes >= MaxPageBytes || frames.Count == limit)
            {
                return new TailPage(frames, tailEvent.Place);
            }
        }

        return new TailPage(frames, lastPlace);
    }

    private static TailEvent ReadEvent(NpgsqlDataReader row)
    {
        var place = row.GetInt64(0);
        var leadEvent = new LeadEvent(
            new LeadId(row.GetGuid(1)),
            row.GetInt64(2),
            row.GetString(3),
            row.GetFieldValue<DateTimeOffset>(4),
            row.GetString(5),
            row.IsDBNull(6) ? null : row.GetString(6));
        return new TailEvent(place, leadEvent.LeadId, leadEvent.Type, Block.Of(LeadEventFrame.Encode(leadEvent, place)));
    }

    private static void AddArray(NpgsqlCommand command, Array? values, NpgsqlDbType type) =>
        command.Parameters.Add(new NpgsqlParameter { Value = values ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | type });
}
