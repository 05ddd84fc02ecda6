using System.Buffers;

namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>Counts the SMS segments of a text (GSM 03.38 and 03.40).</summary>
internal static class TextSegments
{
    private const string Basic =
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
        + "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

    private const string Extended = "\f^{}\\[~]|€";

    private static readonly SearchValues<char> s_extended = SearchValues.Create(Extended);
    private static readonly SearchValues<char> s_gsm = SearchValues.Create(Basic + Extended);

    /// <summary>
    /// Returns the number of segments, at least one. In the GSM alphabet, a single segment holds 160 characters, and each of several
    /// segments holds 153. A character of the extension table counts twice. In any other alphabet, a single segment holds 70 UTF-16 units,
    /// and each of several segments holds 67.
    /// </summary>
    public static int Count(string text)
    {
        if (text.AsSpan().ContainsAnyExcept(s_gsm))
        {
            return CountSegments(text.Length, 70, 67);
        }

        var septets = text.Length + text.Count(s_extended.Contains);
        return CountSegments(septets, 160, 153);
    }

    private static int CountSegments(int length, int perSingle, int perPart) => length <= perSingle ? 1 : (length + perPart - 1) / perPart;
}
