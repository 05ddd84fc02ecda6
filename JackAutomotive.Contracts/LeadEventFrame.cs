using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace JackAutomotive.Contracts;

/// <summary>
/// Builds the bytes of one event on the wire: the <c>id</c>, <c>event</c> and <c>data</c> lines and the empty line that ends the frame
/// (WHATWG HTML, "Server-sent events"). Live and replayed events are both built here, so their frames are identical.
/// </summary>
public static class LeadEventFrame
{
    /// <summary>
    /// Builds the frame of an event for the stream of one lead: the id is the event's seq. The data line is one JSON object with
    /// <see cref="LeadEventCatalogue.Envelope"/>'s fields leadId, seq, type, occurredAt and data.
    /// </summary>
    /// <param name="e">The event. <see cref="LeadEvent.Data"/> must be valid JSON on one line.</param>
    /// <returns>The frame in UTF-8.</returns>
    /// <exception cref="JsonException"><see cref="LeadEvent.Data"/> is not valid JSON.</exception>
    public static byte[] Encode(LeadEvent e) => Encode(e, e.Seq);

    /// <summary>Builds the frame of an event for a stream of many leads. Only the id line differs from the frame for one lead.</summary>
    /// <param name="e">The event. <see cref="LeadEvent.Data"/> must be valid JSON on one line.</param>
    /// <param name="id">The event's place in the log of all leads.</param>
    /// <returns>The frame in UTF-8.</returns>
    /// <exception cref="JsonException"><see cref="LeadEvent.Data"/> is not valid JSON.</exception>
    public static byte[] Encode(LeadEvent e, long id)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + e.Data.Length);
        Write(buffer, string.Create(CultureInfo.InvariantCulture, $"id: {id}\n"));
        Write(buffer, e.LeadId, e.Seq, e.Type, e.OccurredAt, e.Data);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>
    /// Builds a passing frame, which only clients that are connected now receive. The frame has no id line, so a client's Last-Event-ID does
    /// not change, and no seq, because the frame is not in the lead's log.
    /// </summary>
    /// <param name="lead">The lead that the frame is about.</param>
    /// <param name="type">The SSE event name, one of the constants of <see cref="LeadEventTypes"/>.</param>
    /// <param name="occurredAt">When the reported change happened; written in UTC.</param>
    /// <param name="data">The event's own fields, as a JSON object on one line.</param>
    /// <returns>The frame in UTF-8.</returns>
    /// <exception cref="JsonException"><paramref name="data"/> is not valid JSON.</exception>
    public static byte[] EncodePassing(LeadId lead, string type, DateTimeOffset occurredAt, string data)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + data.Length);
        Write(buffer, lead, null, type, occurredAt, data);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes the JSON object of the data line: leadId, seq, type, occurredAt and data.</summary>
    public static void WriteData(Utf8JsonWriter json, LeadEvent e) => WriteData(json, e.LeadId, e.Seq, e.Type, e.OccurredAt, e.Data);

    /// <summary>Returns the SSE event name of a passing frame, or an empty string if the bytes do not start with an event line.</summary>
    public static string ReadPassingType(ReadOnlySpan<byte> frame)
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
        if (seq is { } value)
        {
            json.WriteNumber("seq", value);
        }

        json.WriteString("type", type);
        json.WriteString("occurredAt", occurredAt.UtcDateTime);
        json.WritePropertyName("data");
        json.WriteRawValue(data);
        json.WriteEndObject();
    }

    private static void Write(ArrayBufferWriter<byte> buffer, string text) => Encoding.UTF8.GetBytes(text, buffer);
}
