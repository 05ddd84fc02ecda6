using NodaTime;

namespace JackAutomotive.Analysis;

/// <summary>A whole conversation in the order in which it was held.</summary>
/// <param name="Turns">The turns, oldest first.</param>
/// <param name="StartedAt">The time at which offset zero stands.</param>
/// <param name="TimeZone">The customer's time zone. Words such as "Tuesday at five" are resolved in it.</param>
public sealed record Transcript(IReadOnlyList<Turn> Turns, DateTimeOffset StartedAt, DateTimeZone TimeZone)
{
    /// <summary>Returns the time at which the turn with the index <paramref name="turn"/> was said, in the customer's time zone.</summary>
    public ZonedDateTime TimeOf(int turn) =>
        Instant.FromDateTimeOffset(StartedAt).Plus(Duration.FromSeconds(Turns[turn].OffsetSeconds)).InZone(TimeZone);
}
