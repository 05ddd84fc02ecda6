using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Feeds;
using Npgsql;

namespace JackAutomotive.Realtime.Streams;

/// <summary>A lead and its newest events as of one moment, encoded as a frame.</summary>
/// <param name="Seq">The seq of the newest event in the snapshot. The stream continues with the event that follows.</param>
/// <param name="Frame">
/// The encoded frame:
/// <code>
/// id: 7
/// event: snapshot
/// data: {"leadId":"…","seq":7,"lead":{"id":"…","phone":"…",…},"events":[{"leadId":"…","seq":1,…},…]}
/// </code>
/// </param>
internal sealed record LeadSnapshot(long Seq, ReadOnlyMemory<byte> Frame);

/// <summary>Reads snapshots for clients that do not have the lead's state yet.</summary>
internal sealed class LeadSnapshots(NpgsqlDataSource database, LogReadSlots slots)
{
    /// <summary>The maximum number of events in a snapshot.</summary>
    internal const int MaxEvents = 100;

    private const int MaxBytes = 1024 * 1024;

    // A single statement reads one database snapshot: it sees every event up to last_seq and no later event.
    private const string Sql = """
        SELECT leads.id, phone, name, last_seq, created_at, updated_at, seq, type, occurred_at, data::text
        FROM leads LEFT JOIN LATERAL (
            SELECT seq, type, occurred_at, data FROM lead_events WHERE lead_id = leads.id ORDER BY seq DESC LIMIT $2) AS newest ON true
        WHERE leads.id = $1
        ORDER BY seq DESC
        """;

    // The same JSON format as the API's responses.
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads the lead's current snapshot. Returns null if the lead does not exist.</summary>
    /// <exception cref="NpgsqlException">Postgres is unavailable.</exception>
    public Task<LeadSnapshot?> ReadAsync(LeadId lead, CancellationToken cancellationToken) =>
        slots.ReadAsync(cancellation => ReadSnapshotAsync(lead, cancellation), cancellationToken);

    private async Task<LeadSnapshot?> ReadSnapshotAsync(LeadId lead, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(Sql);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = lead.Value });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = MaxEvents });

        LeadListItem? item = null;
        var events = new List<LeadEvent>();
        var bytes = 0;
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (bytes < MaxBytes && await rows.ReadAsync(cancellationToken))
        {
            item ??= ReadItem(rows);
            if (!rows.IsDBNull(6))
            {
                var leadEvent = new LeadEvent(
                    lead, rows.GetInt64(6), rows.GetString(7), rows.GetFieldValue<DateTimeOffset>(8), rows.GetString(9), TraceParent: null);
                events.Add(leadEvent);
                bytes += leadEvent.Data.Length;
            }
        }

        events.Reverse();
        return item is null ? null : new LeadSnapshot(item.LastSeq, EncodeFrame(item, events));
    }

    private static LeadListItem ReadItem(NpgsqlDataReader row) => new(
        row.GetGuid(0),
        row.IsDBNull(1) ? null : row.GetString(1),
        row.IsDBNull(2) ? null : row.GetString(2),
        row.GetInt64(3),
        row.GetFieldValue<DateTimeOffset>(4),
        row.GetFieldValue<DateTimeOffset>(5));

    private static ReadOnlyMemory<byte> EncodeFrame(LeadListItem item, List<LeadEvent> events)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        var head = string.Create(CultureInfo.InvariantCulture, $"id: {item.LastSeq}\nevent: {StreamEventTypes.Snapshot}\ndata: ");
        Encoding.UTF8.GetBytes(head, buffer);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = s_json.Encoder }))
        {
            json.WriteStartObject();
            json.WriteString("leadId", item.Id);
            json.WriteNumber("seq", item.LastSeq);
            json.WritePropertyName("lead");
            JsonSerializer.Serialize(json, item, s_json);
            json.WriteStartArray("events");
            events.ForEach(leadEvent => LeadEventFrame.WriteData(json, leadEvent));
            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.Write("\n\n"u8);
        return buffer.WrittenMemory;
    }
}
