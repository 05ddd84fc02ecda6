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
    public static byte[] Encode(LeadEvent e)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + e.Data.Length);
        Write(buffer, string.Create(CultureInfo.InvariantCulture, $"id: {e.Seq}\nevent: {e.Type}\ndata: "));

        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("leadId", e.LeadId.Value);
            json.WriteNumber("seq", e.Seq);
            json.WriteString("type", e.Type);
            json.WriteString("occurredAt", e.OccurredAt.UtcDateTime);
            json.WritePropertyName("data");
            json.WriteRawValue(e.Data);
            json.WriteEndObject();
        }

        Write(buffer, "\n\n");
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(ArrayBufferWriter<byte> buffer, string text) => Encoding.UTF8.GetBytes(text, buffer);
}
