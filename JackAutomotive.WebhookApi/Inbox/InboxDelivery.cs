namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>A delivery that this instance has claimed.</summary>
/// <param name="Id">The id of the inbox row.</param>
/// <param name="Topic">One of <see cref="Topics"/>.</param>
/// <param name="Key">The dedup key, unique within the source.</param>
/// <param name="Body">The raw body, or the envelope if the raw body is an object.</param>
/// <param name="TraceParent">The W3C trace context of the request that carried the delivery, or null.</param>
/// <param name="Attempt">The number of this attempt, from 1, over all replays. The id and this number together identify the claim.</param>
/// <param name="ReceivedAt">When the request arrived.</param>
internal sealed record InboxDelivery(
    long Id,
    string Topic,
    string Key,
    ReadOnlyMemory<byte> Body,
    string? TraceParent,
    int Attempt,
    DateTimeOffset ReceivedAt)
{
    /// <summary>The number of this attempt since the delivery was accepted or last replayed, from 1. It decides the delay of a retry.</summary>
    public int AttemptSinceReplay { get; init; } = Attempt;

    /// <summary>
    /// How many of these attempts count, this one included: those that an outage ended do not. <see cref="FailurePolicy"/> compares this
    /// number with <see cref="InboxOptions.MaxAttempts"/>.
    /// </summary>
    public int CountedAttempts { get; init; } = Attempt;

    /// <summary>Whether the attempt before this one ended without a verdict: its process ended, or its lease.</summary>
    public bool IsLost { get; init; }
}
