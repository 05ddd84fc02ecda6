using System.Text.Json.Serialization;

namespace JackAutomotive.ProviderSimulator.Posting;

/// <summary>One webhook that was posted and what came back.</summary>
/// <param name="Provider"><c>twilio</c> or <c>elevenlabs</c>.</param>
/// <param name="Kind">
/// <c>text</c>, <c>call</c>, <c>text status</c>, <c>call status</c>, <c>recording</c>, <c>call initiation</c>, or what was told of a live call.
/// </param>
/// <param name="Id">The id of what it is about.</param>
/// <param name="Customer">The customer's number, masked.</param>
/// <param name="Status">The HTTP status that was answered, or null if there was no answer.</param>
/// <param name="Title">What a refusal said, or why there was no answer; null if the webhook was accepted.</param>
/// <param name="DurationMs">From the post to its answer, in milliseconds.</param>
/// <param name="SentAt">When it was posted, in UTC.</param>
/// <param name="TraceId">The trace that begins with it.</param>
internal sealed record Delivery(
    string Provider,
    string Kind,
    string Id,
    string Customer,
    int? Status,
    string? Title,
    double DurationMs,
    DateTimeOffset SentAt,
    string? TraceId)
{
    /// <summary>Whether the provider would take it for delivered: exactly 200, since ElevenLabs counts nothing else.</summary>
    [JsonInclude]
    public bool Accepted => Status == StatusCodes.Status200OK;
}
