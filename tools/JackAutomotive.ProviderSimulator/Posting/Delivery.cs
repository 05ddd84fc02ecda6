using System.Text.Json.Serialization;

namespace JackAutomotive.ProviderSimulator.Posting;

/// <summary>One posted webhook and the answer to it.</summary>
/// <param name="Provider"><c>twilio</c> or <c>elevenlabs</c>.</param>
/// <param name="Kind">
/// <c>text</c>, <c>call</c>, <c>text status</c>, <c>call status</c>, <c>recording</c>, <c>call initiation</c>, the type of a live
/// event, or the type of another post-call webhook.
/// </param>
/// <param name="Id">The id of the text, call, recording or conversation.</param>
/// <param name="Customer">The customer's number, masked.</param>
/// <param name="Status">The HTTP status of the answer; null without an answer.</param>
/// <param name="Title">The title of a rejection, or the reason for a missing answer; null if the target accepted the webhook.</param>
/// <param name="DurationMs">Time from the post to its answer, in milliseconds.</param>
/// <param name="SentAt">When the webhook was posted, in UTC.</param>
/// <param name="TraceId">The trace that the post belongs to.</param>
/// <param name="Flaw">The deliberate flaw; null for a sound webhook.</param>
/// <param name="Attempts">Number of posts of this webhook, at least 1.</param>
/// <param name="RetryAfter">The wait before the next attempt that the target asked for; null if the target did not ask for a wait.</param>
internal sealed record Delivery(
    string Provider,
    string Kind,
    string Id,
    string Customer,
    int? Status,
    string? Title,
    double DurationMs,
    DateTimeOffset SentAt,
    string? TraceId,
    string? Flaw = null,
    int Attempts = 1,
    [property: JsonIgnore] TimeSpan? RetryAfter = null)
{
    /// <summary>True if the provider would count the webhook as delivered: exactly 200, because ElevenLabs accepts no other status.</summary>
    [JsonInclude]
    public bool Accepted => Status == StatusCodes.Status200OK;

    /// <summary>True if the answer is correct: 200 for a sound webhook, a 4xx other than 429 for a corrupt one.</summary>
    [JsonInclude]
    public bool AsItShouldBe => Flaw is null ? Accepted : Status is >= 400 and < 500 && !TemporarilyUnavailable;

    /// <summary>True if the target was not reached, is busy (429) or is unavailable (503).</summary>
    [JsonIgnore]
    public bool TemporarilyUnavailable => Status is null or StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable;
}
