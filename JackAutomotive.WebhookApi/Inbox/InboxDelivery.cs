namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>A delivery that this instance has claimed.</summary>
/// <param name="Id">The id of its row in the inbox.</param>
/// <param name="Topic">One of <see cref="Topics"/>.</param>
/// <param name="Key">The dedup key: identifies the event within its source.</param>
/// <param name="Body">The signed bytes, or the envelope of a body that is an object.</param>
/// <param name="TraceParent">The W3C trace context of the request that carried the delivery, or null.</param>
/// <param name="Attempt">The number of the claim, starting at 1. <paramref name="Id"/> and the number together identify the claim.</param>
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
    /// The number of the attempt since the delivery was accepted or last replayed, starting at 1. <see cref="FailurePolicy"/> compares
    /// this number with the limit of attempts.
    /// </summary>
    public int AttemptSinceReplay { get; init; } = Attempt;
}
