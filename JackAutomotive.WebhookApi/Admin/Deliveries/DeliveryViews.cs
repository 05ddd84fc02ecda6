using System.Text;
using System.Text.Json;

namespace JackAutomotive.WebhookApi.Admin.Deliveries;

/// <summary>One delivery in a list, without its body.</summary>
/// <param name="Id">The id in the path <c>/api/deliveries/{id}</c>. A later delivery has a higher id.</param>
/// <param name="Source">The provider.</param>
/// <param name="Topic">The webhook that the delivery came through.</param>
/// <param name="Key">The dedup key, which is unique within the source.</param>
/// <param name="State">pending, done or parked.</param>
/// <param name="ParkedAs">malformed, unroutable or exhausted; null unless parked.</param>
/// <param name="Reason">Why the delivery is parked, or why its last attempt failed.</param>
/// <param name="Attempts">Number of attempts over all replays.</param>
/// <param name="ReceivedAt">When the inbox accepted the delivery, in UTC.</param>
/// <param name="CompletedAt">When the delivery was handled or parked, in UTC.</param>
internal sealed record DeliveryListItem(
    long Id,
    string Source,
    string Topic,
    string Key,
    string State,
    string? ParkedAs,
    string? Reason,
    int Attempts,
    DateTimeOffset ReceivedAt,
    DateTimeOffset? CompletedAt);

/// <summary>A page of deliveries.</summary>
/// <param name="Items">Newest first.</param>
/// <param name="Next">The value of <c>after</c> for the next page; null on the last page.</param>
internal sealed record DeliveryPage(IReadOnlyList<DeliveryListItem> Items, long? Next);

/// <summary>One delivery with all its details.</summary>
internal sealed record DeliveryDetails
{
    public required long Id { get; init; }

    public required string Source { get; init; }

    public required string Topic { get; init; }

    public required string Key { get; init; }

    /// <summary>Deliveries with the same ordering key are handled one after the other.</summary>
    public required string OrderingKey { get; init; }

    public required string State { get; init; }

    public required string? ParkedAs { get; init; }

    public required string? Reason { get; init; }

    /// <summary>The last exception with its stack trace.</summary>
    public required string? Error { get; init; }

    public required int Attempts { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public required DateTimeOffset? CompletedAt { get; init; }

    /// <summary>The earliest time of the next attempt; null unless the delivery is pending.</summary>
    public required DateTimeOffset? DueAt { get; init; }

    /// <summary>The trace that the webhook request belongs to.</summary>
    public required string? TraceId { get; init; }

    /// <summary>The request headers that the inbox stores.</summary>
    public required JsonElement Headers { get; init; }

    /// <summary>All attempts, in order.</summary>
    public IReadOnlyList<AttemptView> AttemptLog { get; init; } = [];

    /// <summary>All replays, in order.</summary>
    public IReadOnlyList<ReplayView> Replays { get; init; } = [];

    /// <summary>The lead events that the delivery caused.</summary>
    public IReadOnlyList<CausedEvent> Events { get; init; } = [];

    /// <summary>Other bodies that arrived under the delivery's identity.</summary>
    public IReadOnlyList<ConflictView> Conflicts { get; init; } = [];

    /// <summary>The signed body; for a body that is too long for a row, its envelope.</summary>
    public required BodyView Body { get; init; }

    /// <summary>The object that holds the signed body, if <see cref="Body"/> is the envelope and the object is still needed.</summary>
    public required RawView? Raw { get; init; }
}

/// <summary>One attempt.</summary>
/// <param name="Number">The attempt's number, from 1, over all replays.</param>
/// <param name="Outcome">
/// done, retried, interrupted, parked, running or lost. An outage ended an interrupted attempt, which does not count. The end of a lost attempt is
/// unknown, for example because the process died.
/// </param>
/// <param name="EndedAt">UTC; null if the attempt is running or lost.</param>
/// <param name="ErrorClass">The exception's class; null if there was no exception.</param>
/// <param name="Reason">The reason in one line.</param>
internal sealed record AttemptView(int Number, string Outcome, DateTimeOffset? EndedAt, string? ErrorClass, string? Reason);

/// <summary>One replay.</summary>
/// <param name="RequestedBy">The API key's name.</param>
/// <param name="RequestedAt">UTC.</param>
/// <param name="State">The delivery's state before the replay.</param>
/// <param name="ParkedAs">How the delivery was parked before the replay; null if it was not parked.</param>
internal sealed record ReplayView(string RequestedBy, DateTimeOffset RequestedAt, string State, string? ParkedAs);

/// <summary>A lead event that a delivery caused.</summary>
internal sealed record CausedEvent(Guid Lead, long Seq, string Type);

/// <summary>Another body that arrived under the identity of a stored delivery. The stored body counts.</summary>
internal sealed record ConflictView(
    DateTimeOffset ReceivedAt,
    string Sha256,
    string? TraceId,
    JsonElement Headers,
    BodyView Body,
    RawView? Raw);

/// <summary>An object in the object store.</summary>
/// <param name="Object">The object's name: the SHA-256 of its bytes.</param>
/// <param name="Bytes">The object's length.</param>
internal sealed record RawView(string Object, long Bytes)
{
    public static RawView? Of(byte[] hash, long? bytes) => bytes is { } length ? new RawView(Convert.ToHexStringLower(hash), length) : null;
}

/// <summary>A body: as text if it is valid UTF-8, otherwise in base64.</summary>
internal sealed record BodyView(int Bytes, string? Text, string? Base64)
{
    // This encoding throws on invalid UTF-8. The default encoding would insert replacement characters.
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static BodyView Of(byte[] body)
    {
        try
        {
            return new BodyView(body.Length, s_utf8.GetString(body), null);
        }
        catch (DecoderFallbackException)
        {
            return new BodyView(body.Length, null, Convert.ToBase64String(body));
        }
    }
}
