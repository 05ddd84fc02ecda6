using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Transport;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.Realtime.Feeds;

/// <summary>
/// Reads the logs of leads from Postgres, which has every event; Redis may lose messages. A seq is assigned under the lead's row lock,
/// so when a seq is visible, every lower seq is visible too.
/// </summary>
internal sealed class LeadLog(NpgsqlDataSource database, LogReadSlots slots)
{
    private const int MaxPageBytes = 1024 * 1024;

    private const string FindSeqsSql = "SELECT id, last_seq FROM leads WHERE id = ANY($1)";

    private const string ReadSql =
        """
        SELECT seq, type, occurred_at, data::text, trace_parent
        FROM lead_events
        WHERE lead_id = $1 AND seq > $2
        ORDER BY seq
        LIMIT $3
        """;

    /// <summary>Reads the newest seq of many leads in one query. The result contains only leads that exist.</summary>
    public async Task<List<(LeadId Lead, long Seq)>> FindSeqsAsync(LeadId[] leads, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(FindSeqsSql);
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

    /// <summary>Returns false if the lead does not exist, because it was erased.</summary>
    public async Task<bool> HasLeadAsync(LeadId lead, CancellationToken cancellationToken) =>
        (await FindSeqsAsync([lead], cancellationToken)).Count > 0;

    /// <summary>
    /// Reads the events that follow <paramref name="after"/>, encoded as they were published. The page has at most
    /// <paramref name="limit"/> events, and fewer if the events are large, but at least one event if any exists.
    /// </summary>
    public Task<List<FeedEvent>> ReadAsync(LeadId lead, long after, int limit, CancellationToken cancellationToken) =>
        slots.ReadAsync(cancellation => ReadPageAsync(lead, after, limit, cancellation), cancellationToken);

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
            var leadEvent = new LeadEvent(
                lead,
                rows.GetInt64(0),
                rows.GetString(1),
                rows.GetFieldValue<DateTimeOffset>(2),
                rows.GetString(3),
                rows.IsDBNull(4) ? null : rows.GetString(4));
            var frame = LeadEventFrame.Encode(leadEvent);
            page.Add(new FeedEvent(leadEvent.Seq, leadEvent.TraceParent, CommittedAt: null, Block.Of(frame)));
            bytes += frame.Length;
        }

        return page;
    }
}
