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
/// <param name="Source">The provider.</param>
/// <param name="Topic">One of <see cref="Topics"/>.</param>
/// <param name="Key">The dedup key.</param>
/// <param name="OrderingKey">The ordering key.</param>
/// <param name="Body">The raw body, or the envelope of a large delivery.</param>
/// <param name="BodyHash">The SHA-256 hash of the raw body.</param>
/// <param name="Headers">The stored request headers as a JSON object.</param>
/// <param name="ReceivedAt">When the request arrived.</param>
/// <param name="TraceParent">The W3C trace context of the request, or null.</param>
/// <param name="RawBytes">The length of the raw body if the delivery is large (<see cref="LargeSpool"/>), otherwise null.</param>
/// <param name="Reason">Why the delivery is kept (<see cref="KeptDeliveries"/>); null if the delivery waits for Postgres.</param>
internal sealed partial record SpoolRecord(
    string Source,
    string Topic,
    string Key,
    string OrderingKey,
    byte[] Body,
    byte[] BodyHash,
    string Headers,
    DateTimeOffset ReceivedAt,
    string? TraceParent,
    long? RawBytes = null,
    string? Reason = null)
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

        try
        {
            record = JsonSerializer.Deserialize(json, Json.Default.SpoolRecord);
        }
        catch (JsonException)
        {
            return false; // A foreign file has a line with a valid checksum.
        }

        return record is { Source: not null, Topic: not null, Key: not null, OrderingKey: not null, Body: not null, BodyHash: not null };
    }

    private static string ComputeChecksum(ReadOnlySpan<byte> json) =>
        Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(0, ChecksumBytes));

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(SpoolRecord))]
    private sealed partial class Json : JsonSerializerContext;
}
