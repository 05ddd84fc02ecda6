using JackAutomotive.Analysis.Phrases;

namespace JackAutomotive.Analysis.ActionItems;

/// <summary>The clause around a word, and the sentence around the clause.</summary>
/// <param name="Start">The index of the clause's first word.</param>
/// <param name="End">The index behind the clause's last word.</param>
/// <param name="SentenceEnd">The index behind the sentence's last word: the index of its mark, if it has one.</param>
/// <param name="IsPlain">Whether the clause tells of the future: no past, no habit, no plan of somebody else.</param>
/// <param name="IsConditional">Whether the clause holds only under a condition.</param>
internal readonly record struct Clause(int Start, int End, int SentenceEnd, bool IsPlain, bool IsConditional)
{
    // Nobody says a sentence with more words than this before or after a word. The bound keeps the time linear for a text without marks.
    private const int Reach = 60;

    /// <summary>Returns the clause that contains the word at <paramref name="at"/>.</summary>
    public static Clause Around(ReadOnlySpan<Word> words, int at)
    {
        var sentence = at;
        var first = Math.Max(0, at - Reach);
        var last = Math.Min(words.Length, at + Reach);
        while (sentence > first && !words[sentence - 1].IsBoundary)
        {
            sentence--;
        }

        var start = at;
        while (start > sentence && !SplitsClause(words, start - 1))
        {
            start--;
        }

        var end = at + 1;
        while (end < last && !words[end].IsBoundary && !SplitsClause(words, end))
        {
            end++;
        }

        var sentenceEnd = end;
        while (sentenceEnd < last && !words[sentenceEnd].IsBoundary)
        {
            sentenceEnd++;
        }

        return new(start, end, sentenceEnd, IsPlainBefore(words, sentence, start, at), HasCondition(words, sentence, at));
    }

    private static bool SplitsClause(ReadOnlySpan<Word> words, int at) => words[at].Text is "but" or "because" or "so" or "pero" or "porque" or "although";

    private static bool HasCondition(ReadOnlySpan<Word> words, int sentence, int at)
    {
        for (var i = sentence; i < at; i++)
        {
            var isSpanishIf = words[i].Text is "si" && i == sentence && i + 1 < words.Length && words[i + 1].Text is not ("," or "." or "yo" or "a" or "claro" or "por");
            if ((words[i].Text is "if" or "unless" && !IsPolite(words, i)) || isSpanishIf)
            {
                return true;
            }
        }

        return false;
    }

    // What stands before the words of the action decides: "used to", "I was going to", "always".
    private static bool IsPlainBefore(ReadOnlySpan<Word> words, int sentence, int start, int at)
    {
        for (var i = sentence; i < at; i++)
        {
            switch (words[i].Text)
            {
                case "used" or "usually" or "every" or "whenever" or "might" or "wish" or "wouldn't":
                    return false;
                case "was" or "were" or "did" or "didn't" or "had" or "hadn't" when i >= start && at - i <= 3:
                    return false;
                default:
                    break;
            }
        }

        return true;
    }

    // "Is it okay if I ...", "would you mind if", "if you can, ...", "if possible".
    private static bool IsPolite(ReadOnlySpan<Word> words, int at) =>
        (at > 0 && words[at - 1].Text is "ok" or "okay" or "alright" or "fine" or "mind" or "cool" or "see" or "what")
        || (at + 2 < words.Length && words[at + 1].Text is "you" && words[at + 2].Text is "can" or "could" or "don't" or "want" or "like")
        || (at + 1 < words.Length && words[at + 1].Text is "possible" or "so" or "not");
}
