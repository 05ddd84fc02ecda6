using System.Security.Cryptography;
using System.Text;

namespace JackAutomotive.Tests.Drivers;

/// <summary>Builds incoming texts and signs them as Twilio does. The signer is independent of the product's code.</summary>
internal sealed class IncomingSmsDriver(Uri address, string token = IncomingSmsDriver.Token)
{
    public const string Token = "a-twilio-auth-token";
    public const string OurNumber = "+12025550199";
    public const string SignatureHeader = "X-Twilio-Signature";

    public const string Path = "/api/webhooks/twilio/sms/incoming";

    private static int s_customers;

    /// <summary>Returns a number that no other test uses: 200-555-0100 and up, through one area code after the other.</summary>
    public static string NewNumber()
    {
        var customer = Interlocked.Increment(ref s_customers);
        return $"+1{200 + (customer / 100)}55501{customer % 100:00}";
    }

    public static string NewSid() => $"SM{Guid.NewGuid():N}";

    public SignedRequest Text(string body = "Is it still there?", string? from = null, string? sid = null) =>
        Fields([("MessageSid", sid ?? NewSid()), ("From", from ?? NewNumber()), ("To", OurNumber), ("Body", body), ("NumMedia", "0")]);

    /// <summary>A text to a number that is not configured.</summary>
    public SignedRequest TextToUnknownNumber() =>
        Fields([("MessageSid", NewSid()), ("From", NewNumber()), ("To", "+12025550177"), ("Body", "Hello"), ("NumMedia", "0")]);

    public SignedRequest Picture(string from, params (string Url, string Type)[] media) => Fields(
    [
        ("MessageSid", NewSid()), ("From", from), ("To", OurNumber), ("Body", ""), ("NumMedia", $"{media.Length}"),
        .. media.SelectMany((item, i) => new[] { ($"MediaUrl{i}", item.Url), ($"MediaContentType{i}", item.Type) }),
    ]);

    /// <summary>Builds a request with any fields, for any spelling of the route and any query.</summary>
    public SignedRequest Fields((string Name, string Value)[] fields, string target = Path) => new(
        target,
        "application/x-www-form-urlencoded; charset=utf-8",
        Encode(fields),
        [(SignatureHeader, Sign($"{address.AbsoluteUri.TrimEnd('/')}{target}", fields, token))]);

    /// <summary>Builds a request with the fields in the query, as Twilio sends it if a number is configured with GET.</summary>
    /// <param name="fields">The parameters of Twilio.</param>
    /// <param name="path">The path of the webhook.</param>
    /// <param name="configuredQuery">The query that is configured at Twilio, without its question mark; may be empty.</param>
    public SignedRequest Get((string Name, string Value)[] fields, string path = Path, string configuredQuery = "")
    {
        var query = string.Join('&', new[] { configuredQuery, Encoding.ASCII.GetString(Encode(fields)) }.Where(part => part.Length > 0));
        var target = $"{path}?{query}";
        return new(target, "", [], [(SignatureHeader, Sign($"{address.AbsoluteUri.TrimEnd('/')}{target}", [], token))])
        {
            Method = HttpMethod.Get,
        };
    }

    public static byte[] Encode((string Name, string Value)[] fields) =>
        Encoding.ASCII.GetBytes(string.Join('&', fields.Select(field => $"{Escape(field.Name)}={Escape(field.Value)}")));

    /// <summary>Computes the value of Twilio's signature header.</summary>
    public static string Sign(string url, (string Name, string Value)[] fields, string token)
    {
        var text = new StringBuilder(url);
        var sorted = fields.Distinct().OrderBy(f => f.Name, StringComparer.Ordinal).ThenBy(f => f.Value, StringComparer.Ordinal);
        foreach (var (name, value) in sorted)
        {
            text.Append(name).Append(value);
        }

        return Sign(text.ToString(), token);
    }

#pragma warning disable CA5350 // SHA-1 is what Twilio signs with.
    public static string Sign(string text, string token) =>
        Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(token), Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5350

    private static string Escape(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);
}
