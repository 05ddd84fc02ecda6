using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.Hosting;

/// <summary>
/// Writes a health report as JSON with the status, description and duration of each check:
/// <code>{"status":"Unhealthy","checks":{"crm":{"status":"Unhealthy","description":"…","durationMs":3.1}}}</code>
/// The report shows only the first line of an exception's message. Text that looks like a credential is masked.
/// </summary>
internal static partial class HealthReportWriter
{
    // Quotation marks stay readable for operators. No page inserts this JSON into HTML.
    private static readonly JsonWriterOptions s_readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes <paramref name="report"/> as the body of a response whose status is already set.</summary>
    public static async Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json; charset=utf-8";

        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, s_readable);
        json.WriteStartObject();
        json.WriteString("status", report.Status.ToString());
        json.WriteNumber("durationMs", ToMilliseconds(report.TotalDuration));
        json.WriteStartObject("checks");
        foreach (var (name, entry) in report.Entries)
        {
            json.WriteStartObject(name);
            json.WriteString("status", entry.Status.ToString());
            if (Describe(entry) is { } description)
            {
                json.WriteString("description", description);
            }

            json.WriteNumber("durationMs", ToMilliseconds(entry.Duration));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static double ToMilliseconds(TimeSpan duration) => Math.Round(duration.TotalMilliseconds, 1);

    private static string? Describe(HealthReportEntry entry)
    {
        var text = entry.Description ?? entry.Exception?.Message;
        if (string.IsNullOrWhiteSpace(text))
        {
            return null;
        }

        var firstLine = text.AsSpan().Trim();
        var end = firstLine.IndexOfAny('\r', '\n');
        var masked = CredentialPattern().Replace((end < 0 ? firstLine : firstLine[..end]).ToString(), "$1=***");
        return UserInfoPattern().Replace(masked, "://***@");
    }

    [GeneratedRegex("""\b([\w ]*(?:password|pwd|secret|token|key))\s*=\s*(?:"[^"]*"|'[^']*'|[^;,\s]+)""", RegexOptions.IgnoreCase)]
    private static partial Regex CredentialPattern();

    [GeneratedRegex(@"://[^/@\s]+@")]
    private static partial Regex UserInfoPattern();
}
