using JackAutomotive.Contract;
using JackAutomotive.Realtime.Connections;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.Realtime.Events;

/// <summary>
/// What Postgres knows of a lead's log: the truth that Redis only hints at. Sequence numbers are given under the lead's row lock,
/// so a visible one means that all before it are visible too.
/// </summary>
internal sealed class LeadLog(NpgsqlDataSource database) : IDisposable
{
    private const int MaxPageBytes = 1024 * 1024;

    // Replays read at the same time. More would only wait for each other in Postgres, and take its connections from everybody else.
    private const int MaxReads = 8;

    private const string FindSql = "SELECT id, last_seq FROM leads WHERE id = ANY($1)";

    private const string ReadSql =
        """
        SELECT seq, type, occurred_at, data::text, trace_parent
        FROM lead_events
        WHERE lead_id = $1 AND seq > $2
        ORDER BY seq
        LIMIT $3
        """;

    private readonly SemaphoreSlim _reads = new(MaxReads);

    /// <summary>The newest seq of many leads in one query. Leads that do not exist are left out.</summary>
    public async Task<List<(LeadId Lead, long Seq)>> FindSeqsAsync(LeadId[] leads, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(FindSql);
        command.Parameters.Add(new NpgsqlParameter
        {
            Value = Array.ConvertAll(leads, lead => lead.Value),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid,
        });

        var found = new List<(LeadId, long)>(leads.Length);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            found.Add((new LeadId(rows.GetGuid(0)), rows.GetInt64(1)));
        }

        return found;
    }

    /// <summary>
    /// The events that follow <paramref name="after"/>, as they were published: at most <paramref name="limit"/>, and fewer if they
    /// are large, but always at least one if there is one.
    /// </summary>
    public async Task<List<FeedEvent>> ReadAsync(LeadId lead, long after, int limit, CancellationToken cancellationToken)
    {
        await _reads.WaitAsync(cancellationToken);
        try
        {
            return await ReadPageAsync(lead, after, limit, cancellationToken);
        }
        finally
        {
            _reads.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reads.Dispose();

    private async Task<List<FeedEvent>> ReadPageAsync(LeadId lead, long after, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ReadSql);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = lead.Value });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });

        var page = new List<FeedEvent>();
        var bytes = 0;
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (bytes < MaxPageBytes && await rows.ReadAsync(cancellationToken))
        {
            var e = new LeadEvent(
                lead,
                rows.GetInt64(0),
                rows.GetString(1),
                rows.GetFieldValue<DateTimeOffset>(2),
                rows.GetString(3),
                rows.IsDBNull(4) ? null : rows.GetString(4));
            var frame = LeadEventFrame.Encode(e);
            page.Add(new FeedEvent(e.Seq, e.TraceParent, null, Block.Of(frame)));
            bytes += frame.Length;
        }

        return page;
    }
}
