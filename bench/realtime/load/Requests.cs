using System.Security.Cryptography;
using System.Text;

namespace JackAutomotive.RealtimeLoad;

/// <summary>The HTTP requests that publish messages.</summary>
internal static class Requests
{
    /// <summary>Creates requests to the publish endpoint of another server.</summary>
    /// <param name="target">The URL, with the placeholder <c>{lead}</c>.</param>
    /// <param name="body">
    /// The body, with the placeholders <c>{lead}</c> and <c>{message}</c>, the latter within a JSON string. Null sends the message alone.
    /// </param>
    public static Func<OutgoingMessage, byte[]> ToPeer(Uri target, string? body) => outgoing =>
    {
        var lead = outgoing.Message.LeadId.ToString();
        var path = Uri.UnescapeDataString(target.PathAndQuery).Replace("{lead}", lead, StringComparison.Ordinal);
        var content = body is null
            ? Messages.DataLineOf(outgoing.Message)
            : Encoding.UTF8.GetBytes(body.Replace("{lead}", lead, StringComparison.Ordinal)
                .Replace("{message}", Messages.QuotedDataLineOf(outgoing.Message), StringComparison.Ordinal));
        return Post(target, path, "Content-Type: application/json\r\n", content);
    };

    /// <summary>
    /// Creates requests to the product's webhook for incoming texts, signed as Twilio signs them. The sender is the phone number that
    /// <c>run.sh</c> assigned to the channel's lead. The text contains the mark.
    /// </summary>
    public static Func<OutgoingMessage, byte[]> ToWebhook(Uri target, string token)
    {
        var run = Guid.NewGuid().ToString("N")[..16];
        return outgoing =>
        {
            (string Name, string Value)[] fields =
            [
                ("AccountSid", "AC00000000000000000000000000000000"), ("ApiVersion", "2010-04-01"), ("Body", $"Is it still there? {outgoing.Mark}"),
                ("From", $"+{12020000000 + outgoing.Channel}"), ("MessageSid", $"SM{run}{outgoing.Channel:x8}{outgoing.Message.Seq:x8}"), ("NumMedia", "0"),
                ("NumSegments", "1"), ("SmsStatus", "received"), ("To", "+12025550100"),
            ];
            var body = Encoding.ASCII.GetBytes(string.Join('&', fields.Select(field => $"{field.Name}={Uri.EscapeDataString(field.Value)}")));
            var headers = $"Content-Type: application/x-www-form-urlencoded\r\nX-Twilio-Signature: {Sign(target, fields, token)}\r\n";
            return Post(target, target.PathAndQuery, headers, body);
        };
    }

    private static byte[] Post(Uri target, string path, string headers, ReadOnlySpan<byte> body)
    {
        var head = $"POST {path} HTTP/1.1\r\nHost: {target.Authority}\r\n{headers}Content-Length: {body.Length}\r\n\r\n";
        var request = new byte[head.Length + body.Length];
        Encoding.ASCII.GetBytes(head, request);
        body.CopyTo(request.AsSpan(head.Length));
        return request;
    }

#pragma warning disable CA5350 // Twilio signs with SHA-1.
    private static string Sign(Uri target, (string Name, string Value)[] fields, string token) => Convert.ToBase64String(HMACSHA1.HashData(
        Encoding.UTF8.GetBytes(token),
        Encoding.UTF8.GetBytes(target + string.Concat(fields.OrderBy(field => field.Name, StringComparer.Ordinal).Select(field => field.Name + field.Value)))));
#pragma warning restore CA5350
}
