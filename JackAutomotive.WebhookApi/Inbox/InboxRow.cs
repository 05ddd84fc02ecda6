using System.Diagnostics;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>A verified delivery that is to be stored in the inbox.</summary>
/// <param name="Source">The provider.</param>
/// <param name="Topic">One of <see cref="Topics"/>.</param>
/// <param name="Key">The dedup key, unique within the source.</param>
/// <param name="OrderingKey">Deliveries with the same ordering key are handled in the order of their arrival.</param>
/// <param name="Body">The raw body, or the envelope if the raw body is an object.</param>
/// <param name="BodyHash">The SHA-256 hash of the raw body, or of the content that a <see cref="DeliveryIdentity"/> names.</param>
/// <param name="Headers">The request headers that the inbox stores, as a JSON object.</param>
/// <param name="ReceivedAt">When the request arrived.</param>
/// <param name="Request">The span of the request that carried the delivery, or null.</param>
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
    /// <summary>The inbox stores one row per identity.</summary>
    public (string Source, string Key) Identity => (Source, Key);

    /// <summary>The W3C trace context of the request, or null.</summary>
    public string? TraceParent { get; init; } = Request?.Id;
}
