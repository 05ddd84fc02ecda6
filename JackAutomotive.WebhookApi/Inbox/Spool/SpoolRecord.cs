using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace JackAutomotive.WebhookApi.Inbox.Spool;

/// <summary>
/// One delivery, stored as one line of a spool file: a checksum of 16 hex digits, a space, and JSON. A line that a crash truncated does not
/// match its checksum.
/// <code>9f86d081884c7d65 {"source":"twilio","topic":"twilio.sms-incoming","key":"sms:SM…",…}</code>
/// </summary>
internal sealed partial record SpoolRecord(
    string Source,
    string Topic,
    string Key,
    string OrderingKey,
    byte[] Body,
    byte[] BodyHash,
    string Headers,
    DateTimeOffset ReceivedAt,
    string? TraceParent)
{
    private const int ChecksumBytes = 8;
    private const int ChecksumLength = 2 * ChecksumBytes;

    public static SpoolRecord FromRow(InboxRow row) => new(
        row.Source,
        row.Topic,
        row.Key,
        row.OrderingKey,
        row.Body.ToArray(),
        row.BodyHash,
        row.Headers,
        row.ReceivedAt,
        row.TraceParent);

    public InboxRow ToRow() =>
        new(Source, Topic, Key, OrderingKey, Body, BodyHash, Headers, ReceivedAt, Request: null) { TraceParent = TraceParent };

    /// <summary>Returns the line including the line feed at its end.</summary>
    public byte[] ToLine()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this, Json.Default.SpoolRecord);
        return [.. Encoding.ASCII.GetBytes(ComputeChecksum(json)), (byte)' ', .. json, (byte)'\n'];
    }

    /// <summary>Parses a line without its line feed; false if the line is truncated or corrupt.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, [NotNullWhen(true)] out SpoolRecord? record)
    {
        record = null;
        if (line.Length <= ChecksumLength || line[ChecksumLength] != ' ')
        {
            return false;
        }

        var json = line[(ChecksumLength + 1)..];
        if (!line[..ChecksumLength].SequenceEqual(Encoding.ASCII.GetBytes(ComputeChecksum(json))))
        {
            return false;
        }

        record = JsonSerializer.Deserialize(json, Json.Default.SpoolRecord);
        return record is not null;
    }

    private static string ComputeChecksum(ReadOnlySpan<byte> json) =>
        Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(0, ChecksumBytes));

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(SpoolRecord))]
    private sealed partial class Json : JsonSerializerContext;
}
