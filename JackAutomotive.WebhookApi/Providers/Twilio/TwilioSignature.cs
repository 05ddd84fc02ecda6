using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using JackAutomotive.WebhookApi.Intake;
using Microsoft.Extensions.Primitives;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>
/// Checks <c>X-Twilio-Signature</c>: base64 of HMAC-SHA1, keyed with the account's auth token, over the address as configured at
/// Twilio followed by each form field's name and value, sorted by name.
/// <para>
/// The rules are those of twilio-node: the address counts with and without its port, since Twilio is inconsistent there; a repeated
/// name counts once per distinct value. A body that is not a form is vouched for by <c>bodySHA256</c> in the query, or not at all.
/// </para>
/// </summary>
internal static class TwilioSignature
{
    public const string HeaderName = "X-Twilio-Signature";

    private const string BodyHashParameter = "bodySHA256";

    // Base64 of 20 bytes.
    private const int SignatureLength = 28;

    /// <summary>Checks the header's form alone.</summary>
    /// <returns>Missing, malformed, or valid if it is worth comparing with a body.</returns>
    public static SignatureVerdict Inspect(StringValues header) =>
        StringValues.IsNullOrEmpty(header) ? SignatureVerdict.Missing
        : header.Count > 1 || header[0]!.Length != SignatureLength || !Base64.IsValid(header[0]) ? SignatureVerdict.Malformed
        : SignatureVerdict.Valid;

    /// <summary>Checks a header.</summary>
    /// <param name="header">All values of the header.</param>
    /// <param name="url">The full address as Twilio knows it, escapes untouched.</param>
    /// <param name="contentType">Of the body.</param>
    /// <param name="body">The body as it was received.</param>
    /// <param name="tokens">Any of these may have signed it.</param>
    public static SignatureVerdict Verify(
        StringValues header,
        string url,
        string? contentType,
        ReadOnlySpan<byte> body,
        IReadOnlyList<string> tokens) =>
        Verify(header, url, FormBody.IsForm(contentType) ? FormBody.Parse(body) : null, body, tokens);

    /// <summary>The same for a body that has been taken apart.</summary>
    /// <param name="header">All values of the header.</param>
    /// <param name="url">The full address as Twilio knows it, escapes untouched.</param>
    /// <param name="form">The body taken apart, if its type says that it is a form.</param>
    /// <param name="body">The body as it was received.</param>
    /// <param name="tokens">Any of these may have signed it.</param>
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

    /// <summary>Names and values in the form in which they are signed.</summary>
    private static string FieldsToSign(FormBody form)
    {
        var fields = form.Fields.ToArray();
        Array.Sort(fields, static (one, other) =>
            string.CompareOrdinal(one.Name, other.Name) is not 0 and var order ? order : string.CompareOrdinal(one.Value, other.Value));

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
        if (QueryValue(url, BodyHashParameter) is { } expected)
        {
            var actual = Convert.ToHexStringLower(SHA256.HashData(body));
            return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(actual), Encoding.UTF8.GetBytes(expected));
        }

        if (form is not null)
        {
            fields = FieldsToSign(form);
            return true;
        }

        // Nobody vouches for these bytes, even if the address is signed.
        return body.IsEmpty;
    }

    // Ends with the first fit: the time taken tells a sender who knows a token which spelling of the address it was, and others nothing.
    private static bool IsSigned(string url, string fields, string signature, IReadOnlyList<string> tokens)
    {
        // As text: base64 has several spellings of the same bytes, and Twilio uses one.
        var given = Encoding.ASCII.GetBytes(signature);
        foreach (var token in tokens)
        {
            foreach (var variant in PortVariants(url))
            {
                if (CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sign(variant, fields, token)), given))
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

    // The address with its own or else the scheme's port, and without any; first as it is seen, which is the likelier.
    private static IEnumerable<string> PortVariants(string url)
    {
        var start = url.IndexOf("://", StringComparison.Ordinal) + 3;
        var end = url.AsSpan(start).IndexOfAny('/', '?', '#') is >= 0 and var length ? start + length : url.Length;
        var authority = url[start..end];
        authority = authority[(authority.LastIndexOf('@') + 1)..];

        // The last colon, unless it is inside the brackets of an IPv6 address.
        var colon = authority.LastIndexOf(':');
        var hasPort = colon > authority.LastIndexOf(']');
        var host = hasPort ? authority[..colon] : authority;
        var port = hasPort ? authority[(colon + 1)..] : url.StartsWith("https:", StringComparison.OrdinalIgnoreCase) ? "443" : "80";

        var with = $"{url[..start]}{host}:{port}{url[end..]}";
        var without = $"{url[..start]}{host}{url[end..]}";
        yield return hasPort ? with : without;
        yield return hasPort ? without : with;
    }

    private static string? QueryValue(string url, string name)
    {
        var query = url.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? null : FormBody.Parse(url.AsSpan(query + 1))[name];
    }
}
