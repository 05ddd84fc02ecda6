using System.Text;
using System.Text.Json;
using JackAutomotive.WebhookApi.Features.Twilio;

namespace JackAutomotive.WebhookApi.Features.Signatures;

/// <summary>What a body may have been when it was signed, before something on its way rewrote it.</summary>
/// <param name="Rule">The finding's name if the signature fits it.</param>
/// <param name="Signed">What was signed, in words.</param>
/// <param name="Bytes">The body as it may have been.</param>
internal sealed record BodyVariant(string Rule, string Signed, byte[] Bytes);

/// <summary>Guesses at the body that was signed, from the one that arrived.</summary>
internal static class BodyVariants
{
    private static readonly byte[] s_byteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <summary>For any kind of body: line ends, white space, encoding. Never the body itself.</summary>
    public static IEnumerable<BodyVariant> OfBytes(byte[] body) => Distinct(body,
    [
        new("body-newline", "the body with a newline at its end", [.. body, (byte)'\n']),
        new("body-newline", "the body without the newline at its end", WithoutNewline(body)),
        new("body-newline", "the body with a carriage return and newline at its end", [.. body, (byte)'\r', (byte)'\n']),
        new("body-white-space", "the body without the white space around it", body.AsSpan().Trim(" \t\r\n"u8).ToArray()),
        new("body-line-ends", "the body with single newlines where it has CR LF", WithLineEnds(body, "\n")),
        new("body-line-ends", "the body with CR LF where it has single newlines", WithLineEnds(body, "\r\n")),
        new("body-byte-order-mark", "the body without its byte order mark", body.AsSpan().StartsWith(s_byteOrderMark) ? body[3..] : body),
        new("body-byte-order-mark", "the body with a byte order mark", [.. s_byteOrderMark, .. body]),
        new("body-encoding", "the body before it was encoded as UTF-8 a second time", Latin1OfUtf8(body)),
        new("body-encoding", "the body in ISO 8859-1 read as UTF-8", Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(body))),
        new("body-lost", "an empty body", []),
    ]);

    /// <summary>
    /// For JSON: the same content as other programs write it, with and without a newline. The order of names cannot be guessed.
    /// </summary>
    public static IEnumerable<BodyVariant> OfJson(byte[] body)
    {
        JsonElement json;
        try
        {
            json = JsonElement.Parse(body);
        }
        catch (JsonException)
        {
            return [];
        }

        return Distinct(body, JsonStyle.All.SelectMany(style =>
        {
            var bytes = Encoding.UTF8.GetBytes(TryWrite(style, json));
            var signed = $"the same JSON written {style.Name}";
            return new[]
            {
                new BodyVariant("body-reserialised", signed, bytes),
                new BodyVariant("body-reserialised", $"{signed}, with a newline at its end", [.. bytes, (byte)'\n']),
            };
        }));
    }

    /// <summary>For a form: other readings of its fields. They are written as a form again, since that is what is signed.</summary>
    public static IEnumerable<BodyVariant> OfForm(byte[] body)
    {
        var fields = FormBody.Parse(body).Fields;
        return Distinct(body,
        [
            new("form-white-space", "the values without the white space around them", Form(fields.Select(f => (f.Name, f.Value.Trim())))),
            new("form-empty-values", "the fields that are not empty", Form(fields.Where(f => f.Value.Length > 0))),
            new("form-repeated-names", "the first of the values of each name", Form(fields.DistinctBy(f => f.Name))),
            new("form-repeated-names", "the last of the values of each name", Form(fields.Reverse().DistinctBy(f => f.Name))),
            new("form-repeated-names", "the values of each name joined by commas", Form(Joined(fields))),
            new("form-plus", "a plus sign wherever a value has a space", Form(fields.Select(f => (f.Name, f.Value.Replace(' ', '+'))))),
            new("form-plus", "a space wherever a value has a plus sign", Form(fields.Select(f => (f.Name, f.Value.Replace('+', ' '))))),
            new("form-encoding", "the values before they were escaped a second time", Form(fields.Select(Unescaped))),
            new("form-encoding", "the values as they are escaped in the body", Form(RawFields(body))),
            new("form-line-ends", "the values with single newlines for CR LF", Form(fields.Select(f => WithLineEnds(f, "\n")))),
            new("form-line-ends", "the values with CR LF for single newlines", Form(fields.Select(f => WithLineEnds(f, "\r\n")))),
        ]);
    }

    private static IEnumerable<BodyVariant> Distinct(byte[] body, IEnumerable<BodyVariant> variants) =>
        variants.Where(variant => !variant.Bytes.AsSpan().SequenceEqual(body));

    private static byte[] WithoutNewline(byte[] body) =>
        body is [.., (byte)'\r', (byte)'\n'] ? body[..^2] : body is [.., (byte)'\n'] ? body[..^1] : body;

    // Byte for byte, whatever the encoding.
    private static byte[] WithLineEnds(byte[] body, string end) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(body).Replace("\r\n", "\n", StringComparison.Ordinal)
            .Replace("\n", end, StringComparison.Ordinal));

    private static byte[] Latin1OfUtf8(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body);
        return text.All(c => c <= '\u00ff') ? Encoding.Latin1.GetBytes(text) : body;
    }

    private static string TryWrite(JsonStyle style, JsonElement json)
    {
        try
        {
            return style.Write(json);
        }
        catch (InvalidOperationException)
        {
            return json.GetRawText(); // Half a surrogate pair: nothing to be guessed.
        }
    }

    private static (string, string) Unescaped((string Name, string Value) field) =>
        (Uri.UnescapeDataString(field.Name), Uri.UnescapeDataString(field.Value));

    private static (string, string) WithLineEnds((string Name, string Value) field, string end) =>
        (field.Name, field.Value.ReplaceLineEndings(end));

    private static IEnumerable<(string Name, string Value)> Joined(IEnumerable<(string Name, string Value)> fields) =>
        fields.GroupBy(f => f.Name, f => f.Value).Select(values => (values.Key, string.Join(',', values)));

    private static IEnumerable<(string Name, string Value)> RawFields(byte[] body) =>
        Encoding.UTF8.GetString(body).Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(field => field.Split('=', 2))
            .Select(parts => (parts[0], parts.Length > 1 ? parts[1] : ""));

    private static byte[] Form(IEnumerable<(string Name, string Value)> fields) =>
        Encoding.UTF8.GetBytes(string.Join('&', fields.Select(f => $"{Escape(f.Name)}={Escape(f.Value)}")));

    private static string Escape(string text) => Uri.EscapeDataString(text);
}
