using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace JackAutomotive.WebhookApi.Providers;

/// <summary>
/// Parses JSON bodies of providers. Every name and every string of the result is readable: half a surrogate pair (<c>\ud83d</c> alone) and bytes
/// that are not UTF-8 become U+FFFD. Without that, one such character would make the whole body unreadable.
/// </summary>
internal static class JsonBody
{
    private const int MaxDepth = 256;

    // The length of an escape sequence such as \ud83d.
    private const int EscapeLength = 6;

    /// <summary>Parses a body.</summary>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> body) =>
        JsonDocument.Parse(RepairSurrogates(RepairEncoding(RemoveByteOrderMark(body))), new JsonDocumentOptions { MaxDepth = MaxDepth });

    private static ReadOnlyMemory<byte> RemoveByteOrderMark(ReadOnlyMemory<byte> body) =>
        body.Span.StartsWith(Encoding.UTF8.Preamble) ? body[Encoding.UTF8.Preamble.Length..] : body;

    private static ReadOnlyMemory<byte> RepairEncoding(ReadOnlyMemory<byte> body) =>
        Utf8.IsValid(body.Span) ? body : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body.Span));

    private static ReadOnlyMemory<byte> RepairSurrogates(ReadOnlyMemory<byte> body)
    {
        byte[]? repaired = null;
        for (var i = FindEscape(body.Span, 0); i >= 0; i = FindEscape(body.Span, i))
        {
            var unit = ReadEscapedUnit(body.Span[i..]);
            if (unit is null)
            {
                i += 2; // Another escape, such as \n.
            }
            else if (char.IsHighSurrogate(unit.Value) && ReadEscapedUnit(body.Span[(i + EscapeLength)..]) is { } next && char.IsLowSurrogate(next))
            {
                i += 2 * EscapeLength;
            }
            else
            {
                if (char.IsSurrogate(unit.Value))
                {
                    repaired ??= body.ToArray();
                    @"\ufffd"u8.CopyTo(repaired.AsSpan(i));
                }

                i += EscapeLength;
            }
        }

        return repaired ?? body;
    }

    private static int FindEscape(ReadOnlySpan<byte> body, int start) =>
        start < body.Length && body[start..].IndexOf((byte)'\\') is >= 0 and var distance ? start + distance : -1;

    private static char? ReadEscapedUnit(ReadOnlySpan<byte> text) =>
        text.StartsWith(@"\u"u8)
        && text.Length >= EscapeLength
        && ushort.TryParse(text[2..EscapeLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            ? (char)unit
            : null;
}
