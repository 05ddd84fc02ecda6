using System.Buffers.Text;
using JackAutomotive.WebhookApi.Providers.Twilio;

namespace JackAutomotive.WebhookApi.Admin.Signatures;

/// <summary>
/// The format errors of an <c>X-Twilio-Signature</c> header, and the header in the correct format, with which the doctor checks the content.
/// </summary>
/// <param name="Findings">The format rules that the header breaks.</param>
/// <param name="Normalized">The header in the correct format; null if the header cannot be corrected.</param>
internal sealed record TwilioHeader(IReadOnlyList<Finding> Findings, string? Normalized)
{
    private const int Base64Length = 28;
    private const int HexLength = 40;
    private const string WayOut = "Send the header once, as the base64 of 20 bytes: 28 characters.";

    public static TwilioHeader Read(IReadOnlyList<string> values)
    {
        var findings = new List<Finding>();
        if (values.Count > 1)
        {
            findings.Add(new("header-repeated", $"The header {TwilioSignature.HeaderName} occurs {values.Count} times.", WayOut));
        }

        var received = values[0];
        var text = string.Concat(received.Where(c => !char.IsWhiteSpace(c) && c is not '"' and not '\''));
        if (text.Length != received.Length)
        {
            findings.Add(new("header-spaces", "The header contains white space or a quotation mark.", WayOut));
        }

        if (text.Length == HexLength && text.All(char.IsAsciiHexDigit))
        {
            findings.Add(new("header-encoding", "The header holds hex digits.", WayOut));
            return new TwilioHeader(findings, Convert.ToBase64String(Convert.FromHexString(text)));
        }

        var standard = text.Replace('-', '+').Replace('_', '/');
        if (standard != text)
        {
            findings.Add(new("header-encoding", "The header is in URL-safe base64, with '-' and '_'.", WayOut));
        }

        var padded = standard.Length == Base64Length - 1 ? standard + "=" : standard;
        if (padded != standard)
        {
            findings.Add(new("header-encoding", "The '=' at the end is missing.", WayOut));
        }

        if (padded.Length == Base64Length && Base64.IsValid(padded))
        {
            return new TwilioHeader(findings, padded);
        }

        findings.Add(new("header-length", $"The header has {text.Length} characters, or characters that are not base64.", WayOut));
        return new TwilioHeader(findings, null);
    }
}
