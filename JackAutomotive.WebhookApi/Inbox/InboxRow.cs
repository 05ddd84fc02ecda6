using System.Diagnostics;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>A verified delivery on its way into the inbox.</summary>
/// <param name="Source">The provider.</param>
/// <param name="Topic">One of <see cref="Topics"/>.</param>
/// <param name="Key">The event's identity within its source.</param>
/// <param name="OrderingKey">Deliveries that share it are handled in the order of their arrival.</param>
/// <param name="Body">The bytes that were verified.</param>
/// <param name="BodyHash">SHA-256 of the body.</param>
/// <param name="Headers">The kept headers as a JSON object.</param>
/// <param name="ReceivedAt">When it was received.</param>
/// <param name="Request">The span of the request that brought it, or null.</param>
internal sealed record InboxRow(
    string Source,
    string Topic,
    string Key,
    string OrderingKey,
    ReadOnlyMemory<byte> Body,
    byte[] BodyHash,
    string Headers,
    DateTimeOffset ReceivedAt,
    Activity? Request)
{
    /// <summary>Under which the inbox holds one row only.</summary>
    public (string Source, string Key) Identity => (Source, Key);

    /// <summary>W3C trace context, or null.</summary>
    public string? TraceParent { get; init; } = Request?.Id;
}
