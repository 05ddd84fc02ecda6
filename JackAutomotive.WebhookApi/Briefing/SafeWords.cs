using System.Globalization;
using System.Text;

namespace JackAutomotive.WebhookApi.Briefing;

/// <summary>Makes other people's words safe to quote in a briefing.</summary>
internal static class SafeWords
{
    /// <summary>
    /// Puts words on one line, so that the agent cannot mistake them for one of our lines. Replaces braces, because the provider expands words
    /// in braces as a variable. Cuts long words at the end of a word, and ends them with an ellipsis.
    /// </summary>
    /// <param name="words">The words; null yields an empty string.</param>
    /// <param name="maxLength">The maximum length in UTF-16 code units, without the ellipsis.</param>
    public static string Quote(string? words, int maxLength)
    {
        var line = new StringBuilder();
        foreach (var rune in (words ?? "").Trim().EnumerateRunes())
        {
            var isSpace = Rune.IsWhiteSpace(rune) || Rune.IsControl(rune);
            if ((isSpace && (line.Length == 0 || line[^1] == ' ')) || ChangesDirection(rune))
            {
                continue;
            }

            if (line.Length + rune.Utf16SequenceLength > maxLength)
            {
                return isSpace ? $"{line}…" : CutLastWord(line);
            }

            line.Append(isSpace ? " " : rune.Value switch
            {
                '{' => "(",
                '}' => ")",
                _ => rune.ToString(),
            });
        }

        return line.ToString().TrimEnd();
    }

    // Languages without spaces, and endless words, are cut where they stand.
    private static string CutLastWord(StringBuilder line)
    {
        var text = line.ToString();
        var wordStart = text.LastIndexOf(' ');
        return wordStart > text.Length / 2 ? $"{text[..wordStart]}…" : $"{text.TrimEnd()}…";
    }

    // Such a character would show the words after it in another order. A zero-width joiner holds the parts of an emoji together, and stays.
    private static bool ChangesDirection(Rune rune) =>
        Rune.GetUnicodeCategory(rune) == UnicodeCategory.Format && rune.Value is not 0x200D;
}
