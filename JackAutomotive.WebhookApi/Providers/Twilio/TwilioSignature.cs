using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using JackAutomotive.WebhookApi.Intake;
using Microsoft.Extensions.Primitives;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>
/// Verifies <c>X-Twilio-Signature</c>: base64 of HMAC-SHA1, keyed with the account's auth token, over the URL as configured at Twilio followed
/// by the name and value of each form field, sorted by name.
/// <para>
/// The rules are those of twilio-node. A signature over the URL with or without its port is accepted, because Twilio is inconsistent about the
/// port; so is a signature over the query in another order, see <see cref="QueryOrders"/>. The parameters of a GET are in the URL. A repeated
/// name counts once per distinct value. The query parameter <c>bodySHA256</c> covers a body that is not a form. Without this parameter, such a
/// body must be empty.
/// </para>
/// </summary>
internal static class TwilioSignature
{
    public const string HeaderName = "X-Twilio-Signature";

    private const string BodyHashParameter = "bodySHA256";

    // The length of 20 bytes in base64.
    private const int SignatureLength = 28;

    /// <summary>Checks only the format of the header.</summary>
    /// <returns>Missing, malformed, or valid if the format is correct.</returns>
    public static SignatureVerdict Inspect(StringValues header) =>
        StringValues.IsNullOrEmpty(header) ? SignatureVerdict.Missing
        : header.Count > 1 || header[0]!.Length != SignatureLength || !Base64.IsValid(header[0]) ? SignatureVerdict.Malformed
        : SignatureVerdict.Valid;

    /// <summary>Verifies a header against a body.</summary>
    /// <param name="header">All values of the header.</param>
    /// <param name="url">The full URL as configured at Twilio, with its escape sequences unchanged.</param>
    /// <param name="contentType">The content type of the body.</param>
    /// <param name="body">The body as it was received.</param>
    /// <param name="tokens">The valid auth tokens; a signature by any one of them is accepted.</param>
    public static SignatureVerdict Verify(
        StringValues header,
        string url,
        string? contentType,
        ReadOnlySpan<byte> body,
        IReadOnlyList<string> tokens) =>
        Verify(header, url, FormBody.IsForm(contentType) ? FormBody.Parse(body) : null, body, tokens);

    /// <summary>Verifies a header against a body that is already parsed.</summary>
    /// <param name="header">All values of the header.</param>
    /// <param name="url">The full URL as configured at Twilio, with its escape sequences unchanged.</param>
    /// <param name="form">The parsed body; null if the content type does not denote a form.</param>
    /// <param name="body">The body as it was received.</param>
    /// <param name="tokens">The valid auth tokens; a signature by any one of them is accepted.</param>
    public static SignatureVerdict Verify(
        StringValues header,
        string url,
        FormBody? form,
        ReadOnlySpan<byte> body,
        IReadOnlyList<string> tokens)
    {
        if (Inspect(header) is var verdict and not SignatureVerdict.Valid)
        {
            return verdict;
        }

        if (!TryGetSignedFields(url, form, body, out var fields))
        {
            return SignatureVerdict.Mismatch;
        }

        return IsSigned(url, fields, header[0]!, tokens) ? SignatureVerdict.Valid : SignatureVerdict.Mismatch;
    }

    /// <summary>Concatenates names and values as Twilio signs them.</summary>
    private static string ConcatenateFields(FormBody form)
    {
        var fields = form.Fields.ToArray();
        Array.Sort(fields, static (left, right) =>
            string.CompareOrdinal(left.Name, right.Name) is not 0 and var order ? order : string.CompareOrdinal(left.Value, right.Value));

        var signed = new StringBuilder(1024);
        for (var i = 0; i < fields.Length; i++)
        {
            if (i == 0 || fields[i] != fields[i - 1])
            {
                signed.Append(fields[i].Name).Append(fields[i].Value);
            }
        }

        return signed.ToString();
    }

    private static bool TryGetSignedFields(string url, FormBody? form, ReadOnlySpan<byte> body, out string fields)
    {
        fields = "";
        if (FormBody.ParseQuery(url)[BodyHashParameter] is { } expected)
        {
            var actual = Convert.ToHexStringLower(SHA256.HashData(body));
            return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(actual), Encoding.UTF8.GetBytes(expected));
        }

        if (form is not null)
        {
            fields = ConcatenateFields(form);
            return true;
        }

        // The signature covers the URL, but not these bytes.
        return body.IsEmpty;
    }

    /// <summary>Returns whether a valid signature is valid only because the check also tries other orders of the query.</summary>
    public static bool IsSignedInAnotherQueryOrder(
        StringValues header,
        string url,
        FormBody? form,
        ReadOnlySpan<byte> body,
        IReadOnlyList<string> tokens) =>
        TryGetSignedFields(url, form, body, out var fields) && !IsSignedAt([url], fields, header[0]!, tokens);

    private static bool IsSigned(string url, string fields, string signature, IReadOnlyList<string> tokens) =>
        IsSignedAt([url], fields, signature, tokens) || IsSignedAt(QueryOrders.Of(url), fields, signature, tokens);

    // Returns at the first match. Only a sender who knows a token can learn from the elapsed time which URL variant matches.
    private static bool IsSignedAt(IEnumerable<string> urls, string fields, string signature, IReadOnlyList<string> tokens)
    {
        // Compares the base64 text, because several base64 texts decode to the same bytes and Twilio sends only one of them.
        var receivedSignature = Encoding.ASCII.GetBytes(signature);
        foreach (var variant in urls.SelectMany(BuildPortVariants))
        {
            foreach (var token in tokens)
            {
                var expectedSignature = Encoding.ASCII.GetBytes(Sign(variant, fields, token));
                if (CryptographicOperations.FixedTimeEquals(expectedSignature, receivedSignature))
                {
                    return true;
                }
            }
        }

        return false;
    }

#pragma warning disable CA5350 // SHA-1 is what Twilio signs with; as a keyed hash it is not known to be broken.
    private static string Sign(string url, string fields, string token) =>
        Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(url + fields)));
#pragma warning restore CA5350

    // Returns the URL with a port (its own, or else the scheme's default port) and without a port. The received URL comes first, because it
    // is more likely to match.
    private static IEnumerable<string> BuildPortVariants(string url)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal) + 3;
        var end = url.AsSpan(start).IndexOfAny('/', '?', '#') is >= 0 and var length ? start + length : url.Length;
        var authority = url[start..end];
        authority = authority[(authority.LastIndexOf('@') + 1)..];

        // A colon inside the brackets of an IPv6 address does not begin a port.
        var colon = authority.LastIndexOf(':');
        var hasPort = colon > authority.LastIndexOf(']');
        var host = hasPort ? authority[..colon] : authority;
        var port = hasPort ? authority[(colon + 1)..] : url.StartsWith("https:", StringComparison.OrdinalIgnoreCase) ? "443" : "80";

        var urlWithPort = $"{url[..start]}{host}:{port}{url[end..]}";
        var urlWithoutPort = $"{url[..start]}{host}{url[end..]}";
        yield return hasPort ? urlWithPort : urlWithoutPort;
        yield return hasPort ? urlWithoutPort : urlWithPort;
    }
}
