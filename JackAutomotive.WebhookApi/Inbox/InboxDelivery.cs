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
    /// <summary>
    /// The number of this attempt since the delivery was accepted or last replayed, from 1. <see cref="FailurePolicy"/> compares this number
    /// with <see cref="InboxOptions.MaxAttempts"/>.
    /// </summary>
    public int AttemptSinceReplay { get; init; } = Attempt;
}
