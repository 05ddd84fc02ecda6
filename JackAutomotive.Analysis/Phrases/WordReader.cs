using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace JackAutomotive.Analysis.Phrases;

/// <summary>Splits the text of a turn into words.</summary>
internal static class WordReader
{
    private static readonly FrozenDictionary<string, string> s_spellings = WordMap.Read("""
        don't: dont
        can't: cant
        won't: wont
        i'm: im
        i've: ive
        you'll: youll
        that's: thats
        let's: lets
        didn't: didnt
        isn't: isnt
        doesn't: doesnt
        couldn't: couldnt
        wouldn't: wouldnt
        you're: youre
        they're: theyre
        you: u ya yall y'all
        your: ur
        please: pls plz
        going_to: gonna gunna
        i'll: imma ima
        let_me: lemme
        tomorrow: tmrw tmr tmw tomorow tommorow tommorrow 2morrow 2moro
        tonight: 2nite tonite
        weekend: wknd
        because: cuz
        thanks: thx
        message: msg
        pictures: pics
        minutes: min mins
        hours: hr hrs
        about: approx
        morning: morn mornin
        afternoon: aft
        at: @
        with: w
        before: b4
        """);

    /// <summary>Returns the words of <paramref name="text"/> in order.</summary>
    public static List<Word> Read(string text)
    {
        var words = new List<Word>(text.Length / 5);
        var at = 0;
        while (at < text.Length)
        {
            var start = at;
            if (IsWordCharacter(text[at]))
            {
                while (at < text.Length && (IsWordCharacter(text[at]) || JoinsWord(text, at)))
                {
                    at++;
                }

                AddWord(words, text, start, at);
            }
            else
            {
                at++;
                if (text[start] is '\r' or '\n')
                {
                    words.Add(new("\n", start, at));
                }
                else if (!char.IsWhiteSpace(text[start]))
                {
                    words.Add(new(text[start] == '@' ? "at" : text[start].ToString(), start, at));
                }
            }
        }

        return words;
    }

    private static void AddWord(List<Word> words, string text, int start, int end)
    {
        var word = Fold(text.AsSpan(start, end - start));
        if (word == "ill" && (words.Count == 0 || words[^1].Text is not ("am" or "is" or "was" or "feel" or "feeling" or "i'm" or "got")))
        {
            word = "i'll";
        }

        words.Add(new(s_spellings.GetValueOrDefault(word, word), start, end));
    }

    private static bool IsWordCharacter(char c) => char.IsLetterOrDigit(c) || c is '$' or '%' or '_';

    // An apostrophe, or a point, colon or slash between digits, is part of the word: "I'll", "4:30", "3/15", "p.m".
    private static bool JoinsWord(string text, int at)
    {
        if (at + 1 >= text.Length || !char.IsLetterOrDigit(text[at + 1]))
        {
            return false;
        }

        return text[at] switch
        {
            '\'' or '\u2019' or '\u2018' => true,
            ':' or '/' or ',' => char.IsDigit(text[at - 1]) && char.IsDigit(text[at + 1]),
            '.' => char.IsDigit(text[at - 1]) == char.IsDigit(text[at + 1]) && (char.IsDigit(text[at - 1]) || IsMeridiem(text, at)),
            _ => false,
        };
    }

    // The first point of "a.m." or "p.m.".
    private static bool IsMeridiem(string text, int at) =>
        text[at - 1] is 'a' or 'p' or 'A' or 'P' && text[at + 1] is 'm' or 'M' && (at + 2 >= text.Length || !char.IsLetterOrDigit(text[at + 2]));

    private static string Fold(ReadOnlySpan<char> word)
    {
        var folded = new StringBuilder(word.Length);
        foreach (var c in word)
        {
            folded.Append(char.ToLower(c, CultureInfo.InvariantCulture) switch
            {
                '\u2019' or '\u2018' => '\'',
                'á' => 'a',
                'é' => 'e',
                'í' => 'i',
                'ó' => 'o',
                'ú' or 'ü' => 'u',
                'ñ' => 'n',
                var lower => lower,
            });
        }

        return folded.ToString();
    }
}
