using System.Buffers.Text;
using JackAutomotive.WebhookApi.Providers.Twilio;

namespace JackAutomotive.WebhookApi.Admin.Signatures;

/// <summary>
/// The errors in the form of an <c>X-Twilio-Signature</c> header, and the header in its proper form, so that the doctor can examine the content.
/// </summary>
/// <param name="Findings">The rules of form that the header breaks.</param>
/// <param name="Normalized">The header in its proper form; null if that form is unknown.</param>
internal sealed record TwilioHeader(IReadOnlyList<Finding> Findings, string? Normalized)
{
    private const int Base64Length = 28;
    private const int HexLength = 40;
    private const string Form = "Send the header once, as the base64 of 20 bytes: 28 characters.";

    public static TwilioHeader Read(IReadOnlyList<string> values)
    {
        var findings = new List<Finding>();
        if (values.Distinct(StringComparer.Ordinal).Count() != values.Count || values.Count > 1)
        {
            findings.Add(new("header-repeated", $"The header {TwilioSignature.HeaderName} occurs {values.Count} times.", Form));
        }

        var received = values[0];
        var text = string.Concat(received.Where(c => !char.IsWhiteSpace(c) && c is not '"' and not '\''));
        if (text.Length != received.Length)
        {
            findings.Add(new("header-spaces", "The header contains white space or a quotation mark.", Form));
        }

        if (text.Length == HexLength && text.All(char.IsAsciiHexDigit))
        {
            findings.Add(new("header-encoding", "The header holds hex digits.", Form));
            return new TwilioHeader(findings, Convert.ToBase64String(Convert.FromHexString(text)));
        }

        var standard = text.Replace('-', '+').Replace('_', '/');
        if (standard != text)
        {
            findings.Add(new("header-encoding", "The header is in URL-safe base64, with '-' and '_'.", Form));
        }

        var padded = standard.Length == Base64Length - 1 ? standard + "=" : standard;
        if (padded != standard)
        {
            findings.Add(new("header-encoding", "The '=' at the end is missing.", Form));
        }

        if (padded.Length == Base64Length && Base64.IsValid(padded))
        {
            return new TwilioHeader(findings, padded);
        }

        findings.Add(new("header-length", $"The header has {text.Length} characters, or characters that are not base64.", Form));
        return new TwilioHeader(findings, null);
    }
}
