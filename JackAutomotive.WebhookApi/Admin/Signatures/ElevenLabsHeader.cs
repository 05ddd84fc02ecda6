using System.Buffers;
using System.Globalization;
using JackAutomotive.WebhookApi.Providers.ElevenLabs;

namespace JackAutomotive.WebhookApi.Admin.Signatures;

/// <summary>
/// The format errors of an <c>ElevenLabs-Signature</c> header, and the header in the correct format, with which the doctor checks the body.
/// </summary>
/// <param name="Findings">The format rules that the header breaks.</param>
/// <param name="Normalized">The header in the correct format; null if the header cannot be corrected.</param>
/// <param name="SignedAt">The signed time; null if the header cannot be corrected.</param>
internal sealed record ElevenLabsHeader(IReadOnlyList<Finding> Findings, string? Normalized, DateTimeOffset? SignedAt)
{
    private const int HexLength = 64;
    private const string WayOut = "Send the header once, as 't=<unix seconds>,v0=<64 lower-case hex digits>', without spaces.";

    private static readonly SearchValues<char> s_hexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    public static ElevenLabsHeader Read(IReadOnlyList<string> values)
    {
        var findings = new List<Finding>();
        if (values.Count > 1)
        {
            findings.Add(new("header-repeated", $"The header {ElevenLabsSignature.HeaderName} occurs {values.Count} times.", WayOut));
        }

        var joined = string.Join(',', values);
        if (joined.Any(char.IsWhiteSpace) || joined.Contains('"', StringComparison.Ordinal))
        {
            findings.Add(new("header-spaces", "The header contains white space or a quotation mark.", WayOut));
        }

        var parts = string.Concat(joined.Where(c => !char.IsWhiteSpace(c) && c != '"')).Split(',', StringSplitOptions.RemoveEmptyEntries);
        var timestamp = ReadTimestamp([.. ValuesOf(parts, "t=")], findings);
        var signatures = ReadSignatures(parts, findings);
        return timestamp is null || signatures.Count == 0
            ? new ElevenLabsHeader(findings, null, null)
            : new ElevenLabsHeader(
                findings,
                $"t={timestamp},{string.Join(',', signatures.Select(signature => $"v0={signature}"))}",
                TimeOf(timestamp));
    }

    // Twelve digits can exceed the range of DateTimeOffset. Such a time is stale in any case.
    private static DateTimeOffset TimeOf(string timestamp) => DateTimeOffset.FromUnixTimeSeconds(
        Math.Min(long.Parse(timestamp, CultureInfo.InvariantCulture), DateTimeOffset.MaxValue.ToUnixTimeSeconds()));

    private static string? ReadTimestamp(string[] timestamps, List<Finding> findings)
    {
        switch (timestamps)
        {
            case []:
                findings.Add(new("header-timestamp", "There is no part 't='.", WayOut));
                return null;
            case [_, _, ..]:
                findings.Add(new("header-timestamp", "There is more than one part 't='.", WayOut));
                return null;
            case [{ Length: 13 } milliseconds] when milliseconds.All(char.IsAsciiDigit):
                findings.Add(new("header-timestamp", "The time has 13 digits, so it is in milliseconds.", "Sign and send whole seconds since 1970."));
                return null;
            case [var seconds] when ElevenLabsSignature.IsTimestamp(seconds):
                return seconds;
            default:
                findings.Add(new("header-timestamp", "The part 't=' is not a number of seconds in digits alone.", WayOut));
                return null;
        }
    }

    private static List<string> ReadSignatures(string[] parts, List<Finding> findings)
    {
        var signatures = new List<string>();
        foreach (var signature in ValuesOf(parts, "v0="))
        {
            if (signature.Length != HexLength || signature.AsSpan().ContainsAnyExcept(s_hexDigits))
            {
                findings.Add(new("header-digits", $"A part 'v0=' has {signature.Length} characters, or characters that are not hex.", WayOut));
                continue;
            }

            if (signature.Any(char.IsAsciiLetterUpper))
            {
                findings.Add(new("header-upper-case", "A part 'v0=' has hex digits in upper case.", WayOut));
            }

            signatures.Add(signature.ToLowerInvariant());
        }

        if (signatures.Count == 0 && findings.All(finding => finding.Rule != "header-digits"))
        {
            var v1Signatures = ValuesOf(parts, "v1=").Where(v => v.Length == HexLength && !v.AsSpan().ContainsAnyExcept(s_hexDigits)).ToList();
            findings.Add(new(
                "header-version",
                v1Signatures.Count > 0 ? "There is a part 'v1=' where ElevenLabs sends 'v0='." : "There is no part 'v0='.",
                WayOut));
            signatures.AddRange(v1Signatures.Select(signature => signature.ToLowerInvariant()));
        }

        return signatures;
    }

    private static IEnumerable<string> ValuesOf(string[] parts, string name) =>
        parts.Where(part => part.StartsWith(name, StringComparison.Ordinal)).Select(part => part[name.Length..]);
}
