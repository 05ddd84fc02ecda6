using System.Globalization;
using System.Text.RegularExpressions;

namespace JackAutomotive.ProviderSimulator.Twilio.Api;

/// <summary>
/// A filter of a list by time: <c>DateSent=2026-11-23</c> is that day in UTC, <c>DateSent&gt;=2026-11-23T15:00:00Z</c> is that time or
/// later, <c>DateSent&lt;=2026-11-23</c> is the beginning of that day or earlier.
/// </summary>
internal sealed partial record TimeFilter(DateTimeOffset? From, DateTimeOffset? To)
{
    /// <summary>Reads the parameters <c>name</c>, <c>name&lt;</c> and <c>name&gt;</c>.</summary>
    public static TimeFilter Read(IQueryCollection query, string name)
    {
        var (exact, isDay) = Parse(query[name]);
        return new TimeFilter(
            exact ?? Parse(query[$"{name}>"]).Time,
            isDay ? exact?.AddDays(1).AddTicks(-1) : exact?.AddSeconds(1).AddTicks(-1) ?? Parse(query[$"{name}<"]).Time);
    }

    /// <summary>Returns whether the time passes. A record without a time passes only without a filter.</summary>
    public bool Allows(DateTimeOffset? time) => (From is null || time >= From) && (To is null || time <= To);

    private static (DateTimeOffset? Time, bool IsDay) Parse(string? text) =>
        DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? (time, Day().IsMatch(text))
            : (null, false);

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}$")]
    private static partial Regex Day();
}
