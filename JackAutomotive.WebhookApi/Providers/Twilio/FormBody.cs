using System.Globalization;
using System.Text;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Intake;

namespace JackAutomotive.WebhookApi.Providers.Twilio;

/// <summary>
/// A body of type <c>application/x-www-form-urlencoded</c>, taken apart without losing anything that Twilio signs: repeated names,
/// empty values and the case of names, all of which the framework's form collection merges.
/// </summary>
internal sealed class FormBody
{
    // Twilio's ids have 34 characters and its statuses fewer; what is stored as a key must fit into an index.
    private const int MaxIdLength = 64;

    private FormBody(IReadOnlyList<(string Name, string Value)> fields) => Fields = fields;

    /// <summary>Decoded names and values in the order of the body.</summary>
    public IReadOnlyList<(string Name, string Value)> Fields { get; }

    /// <summary>The first value of a name, or null if the name does not occur.</summary>
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

    /// <summary>The first value of a name without white space around it, fit to be stored; null if there is none or it is empty.</summary>
    public string? Word(string name) => PlainText.Clean(this[name])?.Trim() is { Length: > 0 } word ? word : null;

    /// <summary>The same, null also if it is too long to be an id or a status.</summary>
    public string? Id(string name) => Word(name) is { Length: <= MaxIdLength } id ? id : null;

    /// <summary>A number from 0 on; null if there is none, or something else.</summary>
    public int? WholeNumber(string name) =>
        int.TryParse(Word(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A time as in mail headers (<c>Mon, 23 Nov 2026 12:00:00 +0000</c>); null if there is none, or something else.</summary>
    public DateTimeOffset? Time(string name) =>
        DateTimeOffset.TryParse(Word(name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>Whether a content type says that a body is a form.</summary>
    public static bool IsForm(string? contentType) =>
        contentType is not null
        && contentType.AsSpan().TrimStart().StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase);

    /// <summary>The form of a verified request, which the signature check has parsed unless the body was JSON.</summary>
    public static FormBody Of(VerifiedWebhook webhook) => webhook.Content as FormBody ?? Parse(webhook.Body.Bytes.Span);

    /// <summary>Takes a body apart. Never fails: what is badly escaped stays as it is.</summary>
    public static FormBody Parse(ReadOnlySpan<byte> body) => Parse(Encoding.UTF8.GetString(body));

    /// <summary>The same with a query, without its question mark.</summary>
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

    private static string Decode(ReadOnlySpan<char> text) =>
        text.ContainsAny('+', '%') ? Uri.UnescapeDataString(text.ToString().Replace('+', ' ')) : text.ToString();
}
