using System.Globalization;
using System.Text.Json;

namespace JackAutomotive.ProviderSimulator.Twilio.Api;

/// <summary>How Twilio writes JSON.</summary>
internal static class TwilioJson
{
    public static readonly JsonSerializerOptions Options =
        new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>RFC 2822, such as <c>Mon, 23 Nov 2026 15:04:05 +0000</c>.</summary>
    public static string FormatTime(DateTimeOffset time) =>
        time.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture);

    /// <inheritdoc cref="FormatTime(DateTimeOffset)"/>
    public static string? FormatTime(DateTimeOffset? time) => time is { } known ? FormatTime(known) : null;

    public static string FormatNumber(int number) => number.ToString(CultureInfo.InvariantCulture);
}
