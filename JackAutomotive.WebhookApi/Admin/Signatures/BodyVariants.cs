using System.Text;
using System.Text.Json;
using JackAutomotive.WebhookApi.Providers.Twilio;

namespace JackAutomotive.WebhookApi.Admin.Signatures;

/// <summary>A body that may have been signed before an intermediary rewrote it.</summary>
/// <param name="Rule">The name of the finding if the signature fits this body.</param>
/// <param name="Description">A description of this body for the finding.</param>
/// <param name="Bytes">The bytes of this body.</param>
internal sealed record BodyVariant(string Rule, string Description, byte[] Bytes);

/// <summary>Derives possible signed bodies from the received body.</summary>
internal static class BodyVariants
{
    private static readonly byte[] s_byteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <summary>Variants of any kind of body: line ends, white space, encoding. The received body itself is not among them.</summary>
    public static IEnumerable<BodyVariant> VariantsOfBytes(byte[] body) => ExceptReceived(body,
    [
        new("body-newline", "the body with a newline at its end", [.. body, (byte)'\n']),
        new("body-newline", "the body without the newline at its end", TrimNewline(body)),
        new("body-newline", "the body with a carriage return and newline at its end", [.. body, (byte)'\r', (byte)'\n']),
        new("body-white-space", "the body without the white space around it", body.AsSpan().Trim(" \t\r\n"u8).ToArray()),
        new("body-line-ends", "the body with single newlines where it has CR LF", ReplaceLineEnds(body, "\n")),
        new("body-line-ends", "the body with CR LF where it has single newlines", ReplaceLineEnds(body, "\r\n")),
        new("body-byte-order-mark", "the body without its byte order mark", body.AsSpan().StartsWith(s_byteOrderMark) ? body[3..] : body),
        new("body-byte-order-mark", "the body with a byte order mark", [.. s_byteOrderMark, .. body]),
        new("body-encoding", "the body before it was encoded as UTF-8 a second time", DecodeUtf8ToLatin1(body)),
        new("body-encoding", "the body in ISO 8859-1 read as UTF-8", Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(body))),
        new("body-lost", "an empty body", []),
    ]);

    /// <summary>
    /// Variants of a JSON body: the same content in the styles of other programs, with and without a newline. All variants keep the received
    /// order of names, because the original order is unknown.
    /// </summary>
    public static IEnumerable<BodyVariant> VariantsOfJson(byte[] body)
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

        return ExceptReceived(body, JsonStyle.All.SelectMany(style =>
        {
            var bytes = Encoding.UTF8.GetBytes(WriteOrKeep(style, json));
            var description = $"the same JSON written {style.Name}";
            return new[]
            {
                new BodyVariant("body-reserialised", description, bytes),
                new BodyVariant("body-reserialised", $"{description}, with a newline at its end", [.. bytes, (byte)'\n']),
            };
        }));
    }

    /// <summary>Variants of a form's fields. Each variant is written as a form again, because the signature covers a form's fields.</summary>
    public static IEnumerable<BodyVariant> VariantsOfForm(byte[] body)
    {
        var fields = FormBody.Parse(body).Fields;
        return ExceptReceived(body,
        [
            new("form-white-space", "the values without the white space around them", EncodeForm(fields.Select(f => (f.Name, f.Value.Trim())))),
            new("form-empty-values", "the fields that are not empty", EncodeForm(fields.Where(f => f.Value.Length > 0))),
            new("form-repeated-names", "the first of the values of each name", EncodeForm(fields.DistinctBy(f => f.Name))),
            new("form-repeated-names", "the last of the values of each name", EncodeForm(fields.Reverse().DistinctBy(f => f.Name))),
            new("form-repeated-names", "the values of each name joined by commas", EncodeForm(JoinValues(fields))),
            new("form-plus", "a plus sign wherever a value has a space", EncodeForm(fields.Select(f => (f.Name, f.Value.Replace(' ', '+'))))),
            new("form-plus", "a space wherever a value has a plus sign", EncodeForm(fields.Select(f => (f.Name, f.Value.Replace('+', ' '))))),
            new("form-encoding", "the values before they were escaped a second time", EncodeForm(fields.Select(Unescape))),
            new("form-encoding", "the values as they are escaped in the body", EncodeForm(ReadRawFields(body))),
            new("form-line-ends", "the values with single newlines for CR LF", EncodeForm(fields.Select(f => ReplaceLineEnds(f, "\n")))),
            new("form-line-ends", "the values with CR LF for single newlines", EncodeForm(fields.Select(f => ReplaceLineEnds(f, "\r\n")))),
        ]);
    }

    private static IEnumerable<BodyVariant> ExceptReceived(byte[] body, IEnumerable<BodyVariant> variants) =>
        variants.Where(variant => !variant.Bytes.AsSpan().SequenceEqual(body));

    private static byte[] TrimNewline(byte[] body) =>
        body is [.., (byte)'\r', (byte)'\n'] ? body[..^2] : body is [.., (byte)'\n'] ? body[..^1] : body;

    // ISO 8859-1 maps each byte to one character, so the conversion to text and back keeps all other bytes.
    private static byte[] ReplaceLineEnds(byte[] body, string lineEnd) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(body).Replace("\r\n", "\n", StringComparison.Ordinal)
            .Replace("\n", lineEnd, StringComparison.Ordinal));

    private static byte[] DecodeUtf8ToLatin1(byte[] body)
    {
        var text = Encoding.UTF8.GetString(body);
        return text.All(c => c <= '\u00ff') ? Encoding.Latin1.GetBytes(text) : body;
    }

    private static string WriteOrKeep(JsonStyle style, JsonElement json)
    {
        try
        {
            return style.Write(json);
        }
        catch (InvalidOperationException)
        {
            return json.GetRawText(); // A string with half a surrogate pair cannot be rewritten.
        }
    }

    private static (string, string) Unescape((string Name, string Value) field) =>
        (Uri.UnescapeDataString(field.Name), Uri.UnescapeDataString(field.Value));

    private static (string, string) ReplaceLineEnds((string Name, string Value) field, string lineEnd) =>
        (field.Name, field.Value.ReplaceLineEndings(lineEnd));

    private static IEnumerable<(string Name, string Value)> JoinValues(IEnumerable<(string Name, string Value)> fields) =>
        fields.GroupBy(f => f.Name, f => f.Value).Select(values => (values.Key, string.Join(',', values)));

    private static IEnumerable<(string Name, string Value)> ReadRawFields(byte[] body) =>
        Encoding.UTF8.GetString(body).Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(field => field.Split('=', 2))
            .Select(parts => (parts[0], parts.Length > 1 ? parts[1] : ""));

    private static byte[] EncodeForm(IEnumerable<(string Name, string Value)> fields) =>
        Encoding.UTF8.GetBytes(string.Join('&', fields.Select(f => $"{Escape(f.Name)}={Escape(f.Value)}")));

    private static string Escape(string text) => Uri.EscapeDataString(text);
}
