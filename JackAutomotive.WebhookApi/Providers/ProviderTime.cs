using System.Globalization;

namespace JackAutomotive.WebhookApi.Providers;

/// <summary>
/// Reads times that providers send. A time outside this century is unknown: 0 and -1 stand for "no time", and a later date than these cannot be
/// computed with.
/// </summary>
internal static class ProviderTime
{
    private const double MillisecondsFrom = 1e11;
    private const double MicrosecondsFrom = 1e14;
    private const double NanosecondsFrom = 1e17;

    private static readonly DateTimeOffset s_earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset s_end = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// Converts a Unix time to a time. Providers send seconds; a number that is far too large for seconds is in milliseconds, microseconds or
    /// nanoseconds. Returns null for a time outside this century.
    /// </summary>
    public static DateTimeOffset? FromUnix(double number)
    {
        var seconds = number switch
        {
            >= NanosecondsFrom => number / 1e9,
            >= MicrosecondsFrom => number / 1e6,
            >= MillisecondsFrom => number / 1e3,
            _ => number,
        };
        return seconds >= s_earliest.ToUnixTimeSeconds() && seconds < s_end.ToUnixTimeSeconds()
            ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond))
            : null;
    }

    /// <summary>
    /// Parses a time in the format of RFC 3339 or of mail headers (<c>Mon, 23 Nov 2026 12:00:00 +0000</c>). A time without an offset is UTC.
    /// Returns null if the text is no such time, and for a time outside this century.
    /// </summary>
    public static DateTimeOffset? Parse(string? text)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var time) && time >= s_earliest && time < s_end ? time : null;
    }
}
