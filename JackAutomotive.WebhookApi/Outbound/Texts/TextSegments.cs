using System.Buffers;
using System.Globalization;

namespace JackAutomotive.WebhookApi.Outbound.Texts;

/// <summary>
/// How a text is encoded and split. One segment has 160 septets of GSM-7 or 70 code units of UCS-2. A longer text is split into segments of 153
/// or 67, because each part has a header. No part ends within an escaped character or within a surrogate pair.
/// </summary>
/// <param name="Encoding">GSM-7 or UCS-2.</param>
/// <param name="Count">The number of segments, each of which is charged; 0 for an empty text.</param>
/// <param name="Units">The length in septets (GSM-7) or UTF-16 code units (UCS-2).</param>
/// <param name="ForcedBy">The characters that GSM-7 lacks and that force UCS-2, each once, in order.</param>
internal sealed record TextSegments(string Encoding, int Count, int Units, IReadOnlyList<string> ForcedBy)
{
    public const string Gsm7 = "GSM-7";
    public const string Ucs2 = "UCS-2";

    // 3GPP TS 23.038, 6.2.1: the basic set, and the set that needs an escape, so two septets for each character.
    private const string BasicSet =
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

    private const string ExtensionSet = "\f^{}\\[~]|€";

    private static readonly SearchValues<char> s_basic = SearchValues.Create(BasicSet);
    private static readonly SearchValues<char> s_extension = SearchValues.Create(ExtensionSet);

    /// <summary>Counts the segments of a text.</summary>
    public static TextSegments Of(string body)
    {
        var foreign = FindForeign(body);
        return foreign.Count == 0
            ? new TextSegments(Gsm7, CountParts(body, 160, 153, WidthInSeptets, out var septets), septets, [])
            : new TextSegments(Ucs2, CountParts(body, 70, 67, WidthInCodeUnits, out var units), units, foreign);
    }

    // Characters as people see them, so that an emoji of several code points is one.
    private static List<string> FindForeign(string body)
    {
        var foreign = new List<string>();
        var elements = StringInfo.GetTextElementEnumerator(body);
        while (elements.MoveNext())
        {
            // The enumerator takes CR LF for one element.
            var element = elements.GetTextElement();
            if (element.Any(c => !s_basic.Contains(c) && !s_extension.Contains(c)) && !foreign.Contains(element))
            {
                foreign.Add(element);
            }
        }

        return foreign;
    }

    private static int CountParts(string body, int single, int part, Func<string, int, int> widthAt, out int units)
    {
        units = 0;
        var (parts, room) = (body.Length > 0 ? 1 : 0, part);
        for (var i = 0; i < body.Length; i++)
        {
            var width = widthAt(body, i);
            if (width > room)
            {
                (parts, room) = (parts + 1, part);
            }

            units += width;
            room -= width;
        }

        return units <= single ? Math.Min(parts, 1) : parts;
    }

    private static int WidthInSeptets(string body, int index) => s_extension.Contains(body[index]) ? 2 : 1;

    // The first half of a pair takes the room of both, and the second half none.
    private static int WidthInCodeUnits(string body, int index) =>
        index + 1 < body.Length && char.IsSurrogatePair(body[index], body[index + 1]) ? 2
        : index > 0 && char.IsSurrogatePair(body[index - 1], body[index]) ? 0
        : 1;
}
