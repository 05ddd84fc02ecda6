using System.Text;
using System.Text.Json;

namespace JackAutomotive.WebhookApi.Features.Signatures;

/// <summary>
/// A webhook request as somebody caught it:
/// <code>
/// {"provider": "twilio", "url": "http://10.0.0.7/api/webhooks/twilio/sms/incoming", "method": "POST",
///  "headers": {"X-Twilio-Signature": "…", "Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-Proto": "https"},
///  "body": "MessageSid=SM…", "receivedAt": "2026-11-23T12:00:00Z"}
/// </code>
/// </summary>
/// <param name="Provider">elevenlabs or twilio.</param>
/// <param name="Url">Under which it reached us, if that is known.</param>
/// <param name="Target">Path and query.</param>
/// <param name="Method">POST, most likely.</param>
/// <param name="Headers">Names and values, in any case and order.</param>
/// <param name="Body">Its bytes.</param>
/// <param name="ReceivedAt">When it came; counts for ElevenLabs.</param>
internal sealed record CapturedRequest(
    string Provider,
    string? Url,
    string Target,
    string Method,
    IReadOnlyList<(string Name, string Value)> Headers,
    byte[] Body,
    DateTimeOffset ReceivedAt)
{
    public const string ElevenLabs = "elevenlabs";
    public const string Twilio = "twilio";

    private static readonly string[] s_fields = ["provider", "url", "endpoint", "method", "headers", "body", "bodyBase64", "receivedAt"];

    public string? ContentType => Header("Content-Type") is [var type, ..] ? type : null;

    /// <summary>All values of a header.</summary>
    public IReadOnlyList<string> Header(string name) =>
        [.. Headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value)];

    /// <summary>Scheme and authority by which the request says that it was reached, in its address and in what proxies add.</summary>
    public IEnumerable<string> Bases()
    {
        var ports = First("X-Forwarded-Port") is { } port ? new[] { $":{port}", "" } : [""];
        foreach (var host in new[] { First("X-Forwarded-Host"), First("Host"), First("X-Original-Host") }.OfType<string>())
        {
            foreach (var suffix in ports)
            {
                yield return $"{First("X-Forwarded-Proto") ?? "https"}://{host}{suffix}";
            }
        }

        if (Url is not null && UrlParts.TryParse(Url) is { } own)
        {
            yield return own.Base;
        }
    }

    /// <summary>Reads what was sent to the doctor.</summary>
    /// <param name="json">An object as above.</param>
    /// <param name="now">If it does not say when it came.</param>
    /// <param name="errors">For each field that is wrong, what it must be.</param>
    /// <returns>Null if there are errors.</returns>
    public static CapturedRequest? Read(JsonElement json, DateTimeOffset now, out Dictionary<string, string[]> errors)
    {
        var wrong = new Dictionary<string, string[]>();
        errors = wrong;
        if (json.ValueKind != JsonValueKind.Object)
        {
            wrong["body"] = [$"It must be a JSON object with {string.Join(", ", s_fields)}."];
            return null;
        }

        foreach (var name in json.EnumerateObject().Select(field => field.Name).Where(name => !s_fields.Contains(name)))
        {
            wrong[name] = [$"There is no such field. These exist: {string.Join(", ", s_fields)}."];
        }

        var provider = Text(json, "provider", wrong);
        if (provider is not (ElevenLabs or Twilio))
        {
            wrong["provider"] = [$"It must be '{ElevenLabs}' or '{Twilio}'."];
        }

        var (url, target) = ReadAddress(json, wrong);
        var headers = ReadHeaders(json, wrong);
        var body = ReadBody(json, wrong);
        var receivedAt = ReadTime(json, now, wrong);
        var method = Text(json, "method", wrong) ?? "POST";
        return wrong.Count > 0 ? null : new CapturedRequest(provider!, url, target, method, headers, body, receivedAt);
    }

    private static (string? Url, string Target) ReadAddress(JsonElement json, Dictionary<string, string[]> wrong)
    {
        var (url, endpoint) = (Text(json, "url", wrong), Text(json, "endpoint", wrong));
        if (url is not null && UrlParts.TryParse(url) is { } parts)
        {
            var target = parts.Path + parts.Query;
            return (url, target.IndexOf('#', StringComparison.Ordinal) is >= 0 and var fragment ? target[..fragment] : target);
        }

        if (url is null && endpoint is ['/', ..])
        {
            return (null, endpoint);
        }

        wrong[url is null ? "endpoint" : "url"] =
        [
            "Give the full address of the request as 'url' (https://host/path?query), or its path and query as 'endpoint'.",
        ];
        return (null, "");
    }

    private static List<(string, string)> ReadHeaders(JsonElement json, Dictionary<string, string[]> wrong)
    {
        var headers = new List<(string, string)>();
        if (!json.TryGetProperty("headers", out var given) || given.ValueKind != JsonValueKind.Object)
        {
            wrong["headers"] = ["It must be an object of names and values; of a header that came several times, a list of values."];
            return headers;
        }

        foreach (var header in given.EnumerateObject())
        {
            var values = header.Value.ValueKind == JsonValueKind.Array ? header.Value.EnumerateArray() : Enumerable.Repeat(header.Value, 1);
            foreach (var value in values)
            {
                if (TextOf(value) is { } text)
                {
                    headers.Add((header.Name, text));
                }
                else
                {
                    wrong["headers"] = ["Every value must be a text, or a list of texts."];
                }
            }
        }

        return headers;
    }

    private static byte[] ReadBody(JsonElement json, Dictionary<string, string[]> wrong)
    {
        var (text, base64) = (Text(json, "body", wrong), Text(json, "bodyBase64", wrong));
        if (text is not null && base64 is not null)
        {
            wrong["bodyBase64"] = ["Give either body or bodyBase64."];
        }

        if (base64 is null)
        {
            return Encoding.UTF8.GetBytes(text ?? "");
        }

        var bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out var length))
        {
            wrong["bodyBase64"] = ["It must be base64."];
        }

        return bytes[..length];
    }

    private static DateTimeOffset ReadTime(JsonElement json, DateTimeOffset now, Dictionary<string, string[]> wrong)
    {
        if (Text(json, "receivedAt", wrong) is not { } text)
        {
            return now;
        }

        if (Rfc3339.TryParse(text, out var time))
        {
            return time;
        }

        wrong["receivedAt"] = ["It must be a time as in RFC 3339 with its offset, such as 2026-11-23T12:00:00Z."];
        return now;
    }

    private static string? Text(JsonElement json, string name, Dictionary<string, string[]> wrong)
    {
        if (!json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (TextOf(value) is not { } text)
        {
            wrong[name] = ["It must be a text."];
            return null;
        }

        return text;
    }

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // Half a surrogate pair.
        }
    }

    // Of several, added by one proxy after the other, the first is the outermost.
    private string? First(string name) =>
        Header(name) is [var value, ..] && value.Split(',')[0].Trim() is { Length: > 0 } first ? first : null;
}
