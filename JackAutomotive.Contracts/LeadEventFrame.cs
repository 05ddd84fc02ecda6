using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace JackAutomotive.Contract;

/// <summary>
/// The bytes of one event on the wire: <c>id</c>, <c>event</c> and <c>data</c> lines and the empty line that ends them
/// (WHATWG HTML, "Server-sent events"). The publisher of a live event and the replay of an old one build it here, so that
/// a watcher cannot tell them apart.
/// </summary>
internal static class LeadEventFrame
{
    /// <summary>Builds the frame. The data line is one JSON object: leadId, seq, type, occurredAt and data.</summary>
    public static byte[] Encode(LeadEvent e) => Encode(e, e.Seq);

    /// <summary>Builds the frame for a stream whose ids are not this lead's seqs; all else is the same to the letter.</summary>
    public static byte[] Encode(LeadEvent e, long id)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + e.Data.Length);
        Write(buffer, string.Create(CultureInfo.InvariantCulture, $"id: {id}\n"));
        Write(buffer, e.LeadId, e.Seq, e.Type, e.OccurredAt, e.Data);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>
    /// Builds a passing frame: shown to those who watch now and never again. Without an id line, it leaves a client's Last-Event-ID as it
    /// is; without a seq, it has no place in the lead's log.
    /// </summary>
    public static byte[] EncodePassing(LeadId lead, string type, DateTimeOffset occurredAt, string data)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + data.Length);
        Write(buffer, lead, null, type, occurredAt, data);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes what is on the data line.</summary>
    public static void WriteData(Utf8JsonWriter json, LeadEvent e) => WriteData(json, e.LeadId, e.Seq, e.Type, e.OccurredAt, e.Data);

    /// <summary>Reads the type of a passing frame; empty if it is none.</summary>
    public static string TypeOfPassing(ReadOnlySpan<byte> frame)
    {
        var isPassing = frame.StartsWith("event: "u8);
        return isPassing ? Encoding.UTF8.GetString(frame["event: "u8.Length..Math.Max(frame.IndexOf((byte)'\n'), "event: "u8.Length)]) : "";
    }

    private static void Write(
        ArrayBufferWriter<byte> buffer,
        LeadId lead,
        long? seq,
        string type,
        DateTimeOffset occurredAt,
        string data)
    {
        Write(buffer, $"event: {type}\ndata: ");
        using (var json = new Utf8JsonWriter(buffer))
        {
            WriteData(json, lead, seq, type, occurredAt, data);
        }

        Write(buffer, "\n\n");
    }

    private static void WriteData(Utf8JsonWriter json, LeadId lead, long? seq, string type, DateTimeOffset occurredAt, string data)
    {
        json.WriteStartObject();
        json.WriteString("leadId", lead.Value);
        if (seq is { } place)
        {
            json.WriteNumber("seq", place);
        }

        json.WriteString("type", type);
        json.WriteString("occurredAt", occurredAt.UtcDateTime);
        json.WritePropertyName("data");
        json.WriteRawValue(data);
        json.WriteEndObject();
    }

    private static void Write(ArrayBufferWriter<byte> buffer, string text) => Encoding.UTF8.GetBytes(text, buffer);
}
