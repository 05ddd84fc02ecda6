using System.Text.Json;

namespace JackAutomotive.WebhookApi.Features.Deliveries;

/// <summary>One delivery in a list. Never its body.</summary>
/// <param name="Id">Names it in addresses; higher came later.</param>
/// <param name="Source">The provider.</param>
/// <param name="Topic">What kind of webhook it is.</param>
/// <param name="Key">The event's identity within its source.</param>
/// <param name="State">pending, done or parked.</param>
/// <param name="ParkedAs">malformed, unroutable or exhausted; null unless parked.</param>
/// <param name="Reason">Why it is parked, or why its last attempt failed.</param>
/// <param name="Attempts">How often it was tried, over all replays.</param>
/// <param name="ReceivedAt">When it was accepted, UTC.</param>
/// <param name="CompletedAt">When it was handled or parked, UTC.</param>
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
/// <param name="Next">Give this as <c>after</c> to get the next page; null on the last one.</param>
internal sealed record DeliveryPage(IReadOnlyList<DeliveryListItem> Items, long? Next);

/// <summary>Everything about a delivery.</summary>
internal sealed record DeliveryDetails
{
    public required long Id { get; init; }

    public required string Source { get; init; }

    public required string Topic { get; init; }

    public required string Key { get; init; }

    /// <summary>Deliveries that share it are handled one after the other.</summary>
    public required string OrderingKey { get; init; }

    public required string State { get; init; }

    public required string? ParkedAs { get; init; }

    public required string? Reason { get; init; }

    /// <summary>The last exception, with its stack.</summary>
    public required string? Error { get; init; }

    public required int Attempts { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    public required DateTimeOffset? CompletedAt { get; init; }

    /// <summary>When it may be tried; null unless pending.</summary>
    public required DateTimeOffset? DueAt { get; init; }

    /// <summary>The trace of which its request is a part.</summary>
    public required string? TraceId { get; init; }

    /// <summary>Those that are kept.</summary>
    public required JsonElement Headers { get; init; }

    /// <summary>Each attempt, in order.</summary>
    public IReadOnlyList<AttemptView> AttemptLog { get; init; } = [];

    /// <summary>Who had it handled again, in order.</summary>
    public IReadOnlyList<ReplayView> Replays { get; init; } = [];

    /// <summary>The lead events that it caused.</summary>
    public IReadOnlyList<CausedEvent> Events { get; init; } = [];

    /// <summary>What came under its identity with another body.</summary>
    public IReadOnlyList<ConflictView> Conflicts { get; init; } = [];

    /// <summary>What was signed; of a body that is too long for a row, its envelope.</summary>
    public required BodyView Body { get; init; }

    /// <summary>The object that holds what was signed, if <see cref="Body"/> is its envelope and it is still needed.</summary>
    public required RawView? Raw { get; init; }
}

/// <summary>One attempt.</summary>
/// <param name="Number">From 1, over all replays.</param>
/// <param name="Outcome">done, retried, parked, running, or lost: its end is not known, for example because the process died.</param>
/// <param name="EndedAt">UTC; null if it has not ended or was lost.</param>
/// <param name="ErrorClass">The exception's class, if there was one.</param>
/// <param name="Reason">In a line.</param>
internal sealed record AttemptView(int Number, string Outcome, DateTimeOffset? EndedAt, string? ErrorClass, string? Reason);

/// <summary>One replay.</summary>
/// <param name="RequestedBy">The API key's name.</param>
/// <param name="RequestedAt">UTC.</param>
/// <param name="State">How the delivery stood before.</param>
/// <param name="ParkedAs">How it was parked before, if it was.</param>
internal sealed record ReplayView(string RequestedBy, DateTimeOffset RequestedAt, string State, string? ParkedAs);

/// <summary>A lead event that a delivery caused.</summary>
internal sealed record CausedEvent(Guid Lead, long Seq, string Type);

/// <summary>A body that came under the identity of a stored delivery. The first one counts.</summary>
internal sealed record ConflictView(
    DateTimeOffset ReceivedAt,
    string Sha256,
    string? TraceId,
    JsonElement Headers,
    BodyView Body,
    RawView? Raw);

/// <summary>An object in the object store.</summary>
/// <param name="Object">Its name: the SHA-256 of its bytes.</param>
/// <param name="Bytes">How long it is.</param>
internal sealed record RawView(string Object, long Bytes)
{
    public static RawView? Of(byte[] hash, long? bytes) => bytes is { } length ? new RawView(Convert.ToHexStringLower(hash), length) : null;
}

/// <summary>A body, as text when it is UTF-8, else in base64.</summary>
internal sealed record BodyView(int Bytes, string? Text, string? Base64)
{
    // Throws on what is not UTF-8, where the default would put question marks.
    private static readonly System.Text.UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static BodyView Of(byte[] body)
    {
        try
        {
            return new BodyView(body.Length, s_utf8.GetString(body), null);
        }
        catch (System.Text.DecoderFallbackException)
        {
            return new BodyView(body.Length, null, Convert.ToBase64String(body));
        }
    }
}
