using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace JackAutomotive.IngestLoad;

/// <summary>The kinds of requests.</summary>
internal enum Kind
{
    /// <summary>Signed requests, each for a different event.</summary>
    Fresh,

    /// <summary>Signed requests, all for the same event.</summary>
    Copies,

    /// <summary>Requests with a wrong signature, which the service verifies and refuses.</summary>
    WrongSignature,

    /// <summary>Requests without a signature, which the service refuses without verification.</summary>
    NoSignature,
}

/// <summary>Creates the bytes of incoming texts as Twilio sends them.</summary>
internal sealed class Texts(Uri target, string token)
{
    private const string Message = "Hello, is the blue pickup from your website still there? I could come by on Saturday morning.";

    private readonly string _run = Guid.NewGuid().ToString("N")[..20];

    /// <summary>Creates one complete request.</summary>
    public byte[] Request(Kind kind, int number)
    {
        number = kind == Kind.Copies ? 0 : number;
        var sid = $"SM{_run}{number:x12}";
        var from = string.Create(CultureInfo.InvariantCulture, $"+1{200 + (number / 100 % 700)}55501{number % 100:00}");
        (string Name, string Value)[] fields =
        [
            ("AccountSid", "AC00000000000000000000000000000000"), ("ApiVersion", "2010-04-01"), ("Body", Message), ("From", from),
            ("FromCity", "SEATTLE"), ("FromCountry", "US"), ("FromState", "WA"), ("FromZip", "98101"), ("MessageSid", sid),
            ("NumMedia", "0"), ("NumSegments", "1"), ("SmsMessageSid", sid), ("SmsSid", sid), ("SmsStatus", "received"),
            ("To", "+12025550100"), ("ToCity", ""), ("ToCountry", "US"), ("ToState", "DC"), ("ToZip", ""),
        ];
        var body = string.Join('&', fields.Select(field => $"{field.Name}={Uri.EscapeDataString(field.Value)}"));
        var signature = kind switch
        {
            Kind.NoSignature => "",
            Kind.WrongSignature => $"X-Twilio-Signature: {Sign(fields, $"not-{token}")}\r\n",
            _ => $"X-Twilio-Signature: {Sign(fields, token)}\r\n",
        };
        return Encoding.ASCII.GetBytes(
            $"POST {target.PathAndQuery} HTTP/1.1\r\nHost: {target.Authority}\r\nUser-Agent: TwilioProxy/1.1\r\n{signature}"
            + $"I-Twilio-Idempotency-Token: {Guid.NewGuid()}\r\nContent-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
            + $"Accept: */*\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }

#pragma warning disable CA5350 // Twilio signs with SHA-1.
    private string Sign((string Name, string Value)[] fields, string key) => Convert.ToBase64String(HMACSHA1.HashData(
        Encoding.UTF8.GetBytes(key),
        Encoding.UTF8.GetBytes(target + string.Concat(fields.OrderBy(f => f.Name, StringComparer.Ordinal).Select(f => f.Name + f.Value)))));
#pragma warning restore CA5350
}
