using System.Globalization;
using System.Text;
using System.Text.Json;

namespace JackAutomotive.WebhookApi.Admin.Signatures;

/// <summary>The style in which some other programs write JSON by default. Names keep their order, and numbers keep their spelling.</summary>
/// <param name="Name">A description of the style for the finding.</param>
/// <param name="Comma">The separator between items.</param>
/// <param name="Colon">The separator between a name and its value.</param>
/// <param name="EscapesNonAscii">True if the style escapes every character outside ASCII.</param>
/// <param name="EscapesSlash">True if the style writes a slash as <c>\/</c>.</param>
/// <param name="Indent">Spaces per level; null for a single line.</param>
internal sealed record JsonStyle(
    string Name,
    string Comma,
    string Colon,
    bool EscapesNonAscii = false,
    bool EscapesSlash = false,
    int? Indent = null)
{
    public static readonly IReadOnlyList<JsonStyle> All =
    [
        new("on one line without spaces", ",", ":"),
        new("on one line without spaces, in ASCII", ",", ":", EscapesNonAscii: true),
        new("on one line with a space after commas and colons", ", ", ": "),
        new("on one line with a space after commas and colons, in ASCII", ", ", ": ", EscapesNonAscii: true),
        new("on one line without spaces, in ASCII and with escaped slashes", ",", ":", EscapesNonAscii: true, EscapesSlash: true),
        new("indented by two spaces", ",", ": ", Indent: 2),
        new("indented by four spaces", ",", ": ", Indent: 4),
        new("indented by two spaces, in ASCII", ",", ": ", EscapesNonAscii: true, Indent: 2),
    ];

    public string Write(JsonElement json)
    {
        var text = new StringBuilder();
        Write(text, json, 0);
        return text.ToString();
    }

    private void Write(StringBuilder text, JsonElement json, int level)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                WriteItems(text, '{', '}', json.EnumerateObject(), level, field =>
                {
                    WriteString(text, field.Name);
                    text.Append(Colon);
                    Write(text, field.Value, level + 1);
                });
                break;
            case JsonValueKind.Array:
                WriteItems(text, '[', ']', json.EnumerateArray(), level, item => Write(text, item, level + 1));
                break;
            case JsonValueKind.String:
                WriteString(text, json.GetString()!);
                break;
            default:
                text.Append(json.GetRawText());
                break;
        }
    }

    private void WriteItems<T>(StringBuilder text, char open, char close, IEnumerable<T> items, int level, Action<T> write)
    {
        text.Append(open);
        var isEmpty = true;
        foreach (var item in items)
        {
            text.Append(isEmpty ? "" : Comma);
            isEmpty = false;
            AppendNewLine(text, level + 1);
            write(item);
        }

        if (!isEmpty)
        {
            AppendNewLine(text, level);
        }

        text.Append(close);
    }

    private void AppendNewLine(StringBuilder text, int level)
    {
        if (Indent is { } spaces)
        {
            text.Append('\n').Append(' ', spaces * level);
        }
    }

    private bool MustEscape(char c) => c < ' ' || (EscapesNonAscii && c > '~');

    private void WriteString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '/' when EscapesSlash => text.Append("\\/"),
                _ when MustEscape(c) => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}
