using System.Text.Json.Serialization;

namespace JackAutomotive.ProviderSimulator.Posting;

/// <summary>One webhook that was posted and what came back.</summary>
/// <param name="Provider"><c>twilio</c> or <c>elevenlabs</c>.</param>
/// <param name="Kind">
/// <c>text</c>, <c>call</c>, <c>text status</c>, <c>call status</c>, <c>recording</c>, <c>call initiation</c>, what was told of a live
/// call, or the type of another post-call webhook.
/// </param>
/// <param name="Id">The id of what it is about.</param>
/// <param name="Customer">The customer's number, masked.</param>
/// <param name="Status">The HTTP status that was answered, or null if there was no answer.</param>
/// <param name="Title">What a refusal said, or why there was no answer; null if the webhook was accepted.</param>
/// <param name="DurationMs">From the post to its answer, in milliseconds.</param>
/// <param name="SentAt">When it was posted, in UTC.</param>
/// <param name="TraceId">The trace that begins with it.</param>
/// <param name="Flaw">What was wrong with it, on purpose; null if it was sound.</param>
/// <param name="Attempts">How often it was posted until it was taken, at least 1.</param>
/// <param name="RetryAfter">How long the target asked to wait before the next attempt; null if it did not.</param>
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
    /// <summary>Whether the provider would take it for delivered: exactly 200, since ElevenLabs counts nothing else.</summary>
    [JsonInclude]
    public bool Accepted => Status == StatusCodes.Status200OK;

    /// <summary>Whether the answer is the right one: a sound delivery is accepted, a corrupt one refused for what it is.</summary>
    [JsonInclude]
    public bool AsItShouldBe => Flaw is null ? Accepted : Status is >= 400 and < 500 && !ComeAgain;

    /// <summary>The target is not to be had now: it was not reached, is busy or is away.</summary>
    [JsonIgnore]
    public bool ComeAgain => Status is null or StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable;
}
