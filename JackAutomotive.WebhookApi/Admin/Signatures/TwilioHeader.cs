using System.Buffers.Text;
using JackAutomotive.WebhookApi.Features.Twilio;

namespace JackAutomotive.WebhookApi.Features.Signatures;

/// <summary>
/// What is wrong with the form of an <c>X-Twilio-Signature</c> header, and what it was meant to be, so that the rest can be examined.
/// </summary>
/// <param name="Findings">Each rule of the form that it breaks.</param>
/// <param name="Mended">In its proper form; null if that cannot be told.</param>
internal sealed record TwilioHeader(IReadOnlyList<Finding> Findings, string? Mended)
{
    private const int Base64Length = 28;
    private const int HexLength = 40;
    private const string Form = "Send the header once, as the base64 of 20 bytes: 28 characters.";

    public static TwilioHeader Read(IReadOnlyList<string> values)
    {
        var findings = new List<Finding>();
        if (values.Distinct(StringComparer.Ordinal).Count() != values.Count || values.Count > 1)
        {
            findings.Add(new("header-repeated", $"The header {TwilioSignature.HeaderName} came {values.Count} times.", Form));
        }

        var given = values[0];
        var text = string.Concat(given.Where(c => !char.IsWhiteSpace(c) && c is not '"' and not '\''));
        if (text.Length != given.Length)
        {
            findings.Add(new("header-spaces", "There is white space, or a quotation mark, in the header.", Form));
        }

        if (text.Length == HexLength && text.All(char.IsAsciiHexDigit))
        {
            findings.Add(new("header-encoding", "The header holds hex digits.", Form));
            return new TwilioHeader(findings, Convert.ToBase64String(Convert.FromHexString(text)));
        }

        var standard = text.Replace('-', '+').Replace('_', '/');
        if (standard != text)
        {
            findings.Add(new("header-encoding", "The header is in the base64 of web addresses, with '-' and '_'.", Form));
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

        findings.Add(new("header-length", $"The header has {text.Length} characters, or some that are not base64.", Form));
        return new TwilioHeader(findings, null);
    }
}
