using System.Buffers;
using System.Globalization;
using JackAutomotive.WebhookApi.Features.ElevenLabs;

namespace JackAutomotive.WebhookApi.Features.Signatures;

/// <summary>
/// What is wrong with the form of an <c>ElevenLabs-Signature</c> header, and what it was meant to be, so that the rest can be examined.
/// </summary>
/// <param name="Findings">Each rule of the form that it breaks.</param>
/// <param name="Mended">In its proper form; null if that cannot be told.</param>
/// <param name="SignedAt">The time in it, if there is one.</param>
internal sealed record ElevenLabsHeader(IReadOnlyList<Finding> Findings, string? Mended, DateTimeOffset? SignedAt)
{
    private const int HexLength = 64;
    private const string Form = "Send the header once, as 't=<unix seconds>,v0=<64 lower-case hex digits>', without spaces.";

    private static readonly SearchValues<char> s_hex = SearchValues.Create("0123456789abcdefABCDEF");

    public static ElevenLabsHeader Read(IReadOnlyList<string> values)
    {
        var findings = new List<Finding>();
        if (values.Count > 1)
        {
            findings.Add(new("header-repeated", $"The header {ElevenLabsSignature.HeaderName} came {values.Count} times.", Form));
        }

        var given = string.Join(',', values);
        if (given.Any(char.IsWhiteSpace) || given.Contains('"', StringComparison.Ordinal))
        {
            findings.Add(new("header-spaces", "There is white space, or a quotation mark, in the header.", Form));
        }

        var parts = string.Concat(given.Where(c => !char.IsWhiteSpace(c) && c != '"')).Split(',', StringSplitOptions.RemoveEmptyEntries);
        var timestamp = ReadTimestamp([.. Values(parts, "t=")], findings);
        var signatures = ReadSignatures(parts, findings);
        return timestamp is null || signatures.Count == 0
            ? new ElevenLabsHeader(findings, null, null)
            : new ElevenLabsHeader(
                findings,
                $"t={timestamp},{string.Join(',', signatures.Select(signature => $"v0={signature}"))}",
                DateTimeOffset.FromUnixTimeSeconds(long.Parse(timestamp, CultureInfo.InvariantCulture)));
    }

    // Twelve digits are more than a date needs, and what a number can hold.
    private static string? ReadTimestamp(string[] timestamps, List<Finding> findings)
    {
        switch (timestamps)
        {
            case []:
                findings.Add(new("header-timestamp", "There is no part 't='.", Form));
                return null;
            case [_, _, ..]:
                findings.Add(new("header-timestamp", "There is more than one part 't='.", Form));
                return null;
            case [{ Length: 13 } millis] when millis.All(char.IsAsciiDigit):
                findings.Add(new("header-timestamp", "The time has 13 digits: milliseconds.", "Sign and send whole seconds since 1970."));
                return null;
            case [{ Length: > 0 and <= 11 } seconds] when seconds.All(char.IsAsciiDigit):
                return seconds;
            default:
                findings.Add(new("header-timestamp", "The part 't=' is not a number of seconds in digits alone.", Form));
                return null;
        }
    }

    private static List<string> ReadSignatures(string[] parts, List<Finding> findings)
    {
        var signatures = new List<string>();
        foreach (var signature in Values(parts, "v0="))
        {
            if (signature.Length != HexLength || signature.AsSpan().ContainsAnyExcept(s_hex))
            {
                findings.Add(new("header-digits", $"A part 'v0=' has {signature.Length} characters, or some that are not hex.", Form));
                continue;
            }

            if (signature.Any(char.IsAsciiLetterUpper))
            {
                findings.Add(new("header-upper-case", "A part 'v0=' has hex digits in upper case.", Form));
            }

            signatures.Add(signature.ToLowerInvariant());
        }

        if (signatures.Count == 0 && findings.All(finding => finding.Rule != "header-digits"))
        {
            var others = Values(parts, "v1=").Where(v => v.Length == HexLength && !v.AsSpan().ContainsAnyExcept(s_hex)).ToList();
            findings.Add(new(
                "header-version",
                others.Count > 0 ? "There is a part 'v1=' where ElevenLabs has 'v0='." : "There is no part 'v0='.",
                Form));
            signatures.AddRange(others.Select(other => other.ToLowerInvariant()));
        }

        return signatures;
    }

    private static IEnumerable<string> Values(string[] parts, string name) =>
        parts.Where(part => part.StartsWith(name, StringComparison.Ordinal)).Select(part => part[name.Length..]);
}
