using System.Buffers;

namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>How many messages a text is cut into on the air (GSM 03.38 and 03.40).</summary>
internal static class TextSegments
{
    private const string Basic =
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
        + "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

    private const string Extended = "\f^{}\\[~]|€";

    private static readonly SearchValues<char> s_extended = SearchValues.Create(Extended);
    private static readonly SearchValues<char> s_gsm = SearchValues.Create(Basic + Extended);

    /// <summary>
    /// At least one. A text in the GSM alphabet has room for 160 characters, or 153 in each of several segments, where a
    /// character of the extension table takes two; any other has room for 70 and 67 UTF-16 units.
    /// </summary>
    public static int Count(string text)
    {
        if (text.AsSpan().ContainsAnyExcept(s_gsm))
        {
            return Cut(text.Length, 70, 67);
        }

        var septets = text.Length + text.Count(s_extended.Contains);
        return Cut(septets, 160, 153);
    }

    private static int Cut(int length, int single, int several) => length <= single ? 1 : (length + several - 1) / several;
}
