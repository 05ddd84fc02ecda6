namespace JackAutomotive.WebhookApi.Outbound.Texts;

/// <summary>How a text is encoded and split.</summary>
/// <param name="Encoding">GSM-7 or UCS-2.</param>
/// <param name="Count">The number of segments, each of which is charged; 0 for an empty text.</param>
/// <param name="Units">The length in septets (GSM-7) or UTF-16 code units (UCS-2).</param>
/// <param name="ForcedBy">The characters that GSM-7 lacks and that force UCS-2, each once, in order.</param>
internal sealed record TextSegments(string Encoding, int Count, int Units, IReadOnlyList<string> ForcedBy)
{
    /// <summary>Counts the segments of a text.</summary>
    public static TextSegments Of(string body) => throw new NotImplementedException();
}
