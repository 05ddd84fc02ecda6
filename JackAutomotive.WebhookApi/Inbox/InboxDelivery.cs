namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>A delivery that this instance has claimed.</summary>
/// <param name="Id">Its row in the inbox.</param>
/// <param name="Topic">One of <see cref="Topics"/>.</param>
/// <param name="Key">The event's own identity within its source.</param>
/// <param name="Body">The bytes that were signed.</param>
/// <param name="TraceParent">W3C trace context of the request that brought it, or null.</param>
/// <param name="Attempt">1 for the first claim. With <paramref name="Id"/> it identifies the claim.</param>
/// <param name="ReceivedAt">When it was accepted.</param>
internal sealed record InboxDelivery(
    long Id,
    string Topic,
    string Key,
    ReadOnlyMemory<byte> Body,
    string? TraceParent,
    int Attempt,
    DateTimeOffset ReceivedAt)
{
    /// <summary>1 for the first attempt since it was accepted or last replayed: what is held against the limit of attempts.</summary>
    public int Try { get; init; } = Attempt;
}
