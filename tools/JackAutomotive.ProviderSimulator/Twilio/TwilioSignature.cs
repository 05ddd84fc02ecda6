using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>
/// The value of <c>X-Twilio-Signature</c>: base64 of HMAC-SHA1, keyed with the account's auth token, over the full URL
/// followed by every form parameter's name and value without separators. Names are sorted by code unit. Each distinct
/// value of a repeated name counts once, in sorted order. See https://www.twilio.com/docs/usage/security.
/// </summary>
internal static class TwilioSignature
{
    /// <summary>Signs a request to <paramref name="url"/>. The signature covers the URL as written, including escapes and port.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "Twilio's choice; HMAC-SHA1 is not broken")]
    public static string Compute(string authToken, string url, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var signed = new StringBuilder(url);
        var names = parameters.GroupBy(p => p.Key, p => p.Value, StringComparer.Ordinal).OrderBy(name => name.Key, StringComparer.Ordinal);
        foreach (var name in names)
        {
            foreach (var value in name.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                signed.Append(name.Key).Append(value);
            }
        }

        var mac = HMACSHA1.HashData(Encoding.UTF8.GetBytes(authToken), Encoding.UTF8.GetBytes(signed.ToString()));
        return Convert.ToBase64String(mac);
    }
}
