using System.Globalization;
using System.Text;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Intake;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>
/// A parsed body of type <c>application/x-www-form-urlencoded</c>. The parser preserves everything that Twilio signs: repeated names, empty
/// values and the case of names. The framework's form collection does not preserve these.
/// </summary>
internal sealed class FormBody
{
    // Twilio's ids have 34 characters and its statuses fewer. A stored key must fit into an index.
    private const int MaxIdLength = 64;

    private FormBody(IReadOnlyList<(string Name, string Value)> fields) => Fields = fields;

    /// <summary>The decoded names and values in the order of the body.</summary>
    public IReadOnlyList<(string Name, string Value)> Fields { get; }

    /// <summary>Returns the first value of a name; null if the name does not occur.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var (candidate, value) in Fields)
            {
                if (string.Equals(candidate, name, StringComparison.Ordinal))
                {
                    return value;
                }
            }

            return null;
        }
    }

    /// <summary>Returns the first value of a name, trimmed, as text that Postgres can store; null if nothing remains.</summary>
    public string? ReadTrimmedText(string name) => PlainText.Clean(this[name])?.Trim() is { Length: > 0 } text ? text : null;

    /// <summary>Returns an id or a status, as <see cref="ReadTrimmedText"/> does; null also if the text is too long for one.</summary>
    public string? ReadId(string name) => ReadTrimmedText(name) is { Length: <= MaxIdLength } id ? id : null;

    /// <summary>
    /// Returns a whole number from 0; null if the field is missing or is not such a number. A fraction of zero (<c>42.0</c>) is accepted.
    /// </summary>
    public int? ReadWholeNumber(string name) =>
        double.TryParse(ReadTrimmedText(name), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
        && number <= int.MaxValue && double.IsInteger(number)
            ? (int)number
            : null;

    /// <summary>
    /// Returns a time in the format of mail headers (<c>Mon, 23 Nov 2026 12:00:00 +0000</c>); null if it is not such a time, and for a time
    /// outside this century.
    /// </summary>
    public DateTimeOffset? ReadTime(string name) => ProviderTime.Parse(ReadTrimmedText(name));

    /// <summary>Returns whether a content type denotes a form.</summary>
    public static bool IsForm(string? contentType) =>
        contentType is not null
        && contentType.AsSpan().TrimStart().StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns the form of a verified request. The signature check has already parsed a body that is declared as a form.</summary>
    public static FormBody FromWebhook(VerifiedWebhook webhook) => webhook.Content as FormBody ?? Parse(webhook.Body.Bytes.Span);

    /// <summary>Parses a body. Parsing never fails: an invalid escape sequence stays as it is.</summary>
    public static FormBody Parse(ReadOnlySpan<byte> body) => Parse(Encoding.UTF8.GetString(body));

    /// <summary>Parses the text of a body, or a query without its question mark.</summary>
    public static FormBody Parse(ReadOnlySpan<char> body)
    {
        var fields = new List<(string, string)>(body.Count('&') + 1);
        foreach (var range in body.Split('&'))
        {
            var field = body[range];
            if (field.Length > 0)
            {
                var equals = field.IndexOf('=');
                fields.Add(equals < 0 ? (Decode(field), "") : (Decode(field[..equals]), Decode(field[(equals + 1)..])));
            }
        }

        return new FormBody(fields);
    }

    /// <summary>Parses the query of a URL; an empty form if the URL has no query.</summary>
    public static FormBody ParseQuery(string url) =>
        url.IndexOf('?', StringComparison.Ordinal) is >= 0 and var questionMark ? Parse(url.AsSpan(questionMark + 1)) : new FormBody([]);

    private static string Decode(ReadOnlySpan<char> text) =>
        text.ContainsAny('+', '%') ? Uri.UnescapeDataString(text.ToString().Replace('+', ' ')) : text.ToString();
}
