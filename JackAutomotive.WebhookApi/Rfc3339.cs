using System.Globalization;

namespace JackAutomotive.WebhookApi;

/// <summary>Times as our API takes them: RFC 3339, so always with an offset.</summary>
internal static class Rfc3339
{
    private static readonly string[] s_formats = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    /// <summary>Reads a time such as <c>2026-11-23T12:00:00Z</c> or <c>2026-11-23T12:00:00.5+01:00</c>.</summary>
    public static bool TryParse(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(
            text.ToUpperInvariant(), s_formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
}
