using System.Text;
using System.Text.Json;

namespace JackAutomotive.WebhookApi.Admin.Signatures;

/// <summary>
/// A captured webhook request, as an administrator sends it to the signature doctor:
/// <code>
/// {"provider": "twilio", "url": "http://10.0.0.7/api/webhooks/twilio/sms/incoming", "method": "POST",
///  "headers": {"X-Twilio-Signature": "…", "Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-Proto": "https"},
///  "body": "MessageSid=SM…", "receivedAt": "2026-11-23T12:00:00Z"}
/// </code>
/// </summary>
/// <param name="Provider">elevenlabs or twilio.</param>
/// <param name="Url">The address at which the request reached us; null if it is unknown.</param>
/// <param name="Target">The path and the query.</param>
/// <param name="Method">The HTTP method, normally POST.</param>
/// <param name="Headers">Names and values, in any case and order; one entry per value.</param>
/// <param name="Body">The bytes of the body.</param>
/// <param name="ReceivedAt">When the request arrived. ElevenLabs' signature check compares this time with the signed time.</param>
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

    public bool IsGet => HttpMethods.IsGet(Method.ToUpperInvariant());

    public string? ContentType => GetHeaderValues("Content-Type") is [var type, ..] ? type : null;

    public IReadOnlyList<string> GetHeaderValues(string name) =>
        [.. Headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value)];

    /// <summary>Returns the bases (scheme and authority) that the request's proxy headers, Host header and address name.</summary>
    public IEnumerable<string> GetClaimedBases()
    {
        var portSuffixes = FirstValueOf("X-Forwarded-Port") is { } port ? new[] { $":{port}", "" } : [""];
        foreach (var host in new[] { FirstValueOf("X-Forwarded-Host"), FirstValueOf("Host"), FirstValueOf("X-Original-Host") }.OfType<string>())
        {
            foreach (var portSuffix in portSuffixes)
            {
                yield return $"{FirstValueOf("X-Forwarded-Proto") ?? "https"}://{host}{portSuffix}";
            }
        }

        if (Url is not null && UrlParts.TryParse(Url) is { } urlParts)
        {
            yield return urlParts.Base;
        }
    }

    /// <summary>Reads the JSON that the caller sent to the doctor.</summary>
    /// <param name="json">An object in the form of this type's sample.</param>
    /// <param name="now">The time of arrival if the object contains no <c>receivedAt</c>.</param>
    /// <param name="errors">For each invalid field, the rule that it breaks.</param>
    /// <returns>Null if there are errors.</returns>
    public static CapturedRequest? Read(JsonElement json, DateTimeOffset now, out Dictionary<string, string[]> errors)
    {
        var errorsByField = new Dictionary<string, string[]>();
        errors = errorsByField;
        if (json.ValueKind != JsonValueKind.Object)
        {
            errorsByField["body"] = [$"It must be a JSON object with {string.Join(", ", s_fields)}."];
            return null;
        }

        var fields = new Dictionary<string, JsonElement>();
        foreach (var (name, value) in RequestJson.FieldsOf(json))
        {
            fields[name] = value;
            if (!s_fields.Contains(name))
            {
                errorsByField[name] = [$"The field is unknown. The known fields are {string.Join(", ", s_fields)}."];
            }
        }

        var provider = ReadText(fields, "provider", errorsByField);
        if (provider is not (ElevenLabs or Twilio))
        {
            errorsByField["provider"] = [$"It must be '{ElevenLabs}' or '{Twilio}'."];
        }

        var (url, target) = ReadAddress(fields, errorsByField);
        var headers = ReadHeaders(fields, errorsByField);
        var body = ReadBody(fields, errorsByField);
        var receivedAt = ReadTime(fields, now, errorsByField);
        var method = ReadText(fields, "method", errorsByField) ?? "POST";
        return errorsByField.Count > 0 ? null : new CapturedRequest(provider!, url, target, method, headers, body, receivedAt);
    }

    private static (string? Url, string Target) ReadAddress(Dictionary<string, JsonElement> fields, Dictionary<string, string[]> errorsByField)
    {
        var (url, endpoint) = (ReadText(fields, "url", errorsByField), ReadText(fields, "endpoint", errorsByField));
        if (url is not null && UrlParts.TryParse(url) is { } parts)
        {
            var target = parts.Path + parts.Query;
            return (url, target.IndexOf('#', StringComparison.Ordinal) is >= 0 and var fragment ? target[..fragment] : target);
        }

        if (url is null && endpoint is ['/', ..])
        {
            return (null, endpoint);
        }

        errorsByField[url is null ? "endpoint" : "url"] =
        [
            "Give the full address of the request as 'url' (https://host/path?query), or its path and query as 'endpoint'.",
        ];
        return (null, "");
    }

    private static List<(string, string)> ReadHeaders(Dictionary<string, JsonElement> fields, Dictionary<string, string[]> errorsByField)
    {
        var headers = new List<(string, string)>();
        if (!fields.TryGetValue("headers", out var headersJson) || headersJson.ValueKind != JsonValueKind.Object)
        {
            errorsByField["headers"] = ["It must be an object of names and values; the value of a repeated header is a list."];
            return headers;
        }

        foreach (var (name, header) in RequestJson.FieldsOf(headersJson))
        {
            var values = header.ValueKind == JsonValueKind.Array ? header.EnumerateArray() : Enumerable.Repeat(header, 1);
            foreach (var value in values)
            {
                if (RequestJson.TextOrNull(value) is { } text)
                {
                    headers.Add((name, text));
                }
                else
                {
                    errorsByField["headers"] = ["Every value must be a string or a list of strings."];
                }
            }
        }

        return headers;
    }

    private static byte[] ReadBody(Dictionary<string, JsonElement> fields, Dictionary<string, string[]> errorsByField)
    {
        var (text, base64) = (ReadText(fields, "body", errorsByField), ReadText(fields, "bodyBase64", errorsByField));
        if (text is not null && base64 is not null)
        {
            errorsByField["bodyBase64"] = ["Give either body or bodyBase64, not both."];
        }

        if (base64 is null)
        {
            return Encoding.UTF8.GetBytes(text ?? "");
        }

        var bytes = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, bytes, out var length))
        {
            errorsByField["bodyBase64"] = ["It must be base64."];
        }

        return bytes[..length];
    }

    private static DateTimeOffset ReadTime(Dictionary<string, JsonElement> fields, DateTimeOffset now, Dictionary<string, string[]> errorsByField)
    {
        if (ReadText(fields, "receivedAt", errorsByField) is not { } text)
        {
            return now;
        }

        if (Rfc3339.TryParse(text, out var time))
        {
            return time;
        }

        errorsByField["receivedAt"] = ["It must be an RFC 3339 time with an offset, such as 2026-11-23T12:00:00Z."];
        return now;
    }

    private static string? ReadText(Dictionary<string, JsonElement> fields, string name, Dictionary<string, string[]> errorsByField)
    {
        if (!fields.TryGetValue(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (RequestJson.TextOrNull(value) is not { } text)
        {
            errorsByField[name] = ["It must be a string."];
            return null;
        }

        return text;
    }

    // Each proxy appends its value, so the first value comes from the outermost proxy.
    private string? FirstValueOf(string name) =>
        GetHeaderValues(name) is [var value, ..] && value.Split(',')[0].Trim() is { Length: > 0 } first ? first : null;
}
