using JackAutomotive.Analysis.Phrases;
using JackAutomotive.Analysis.Times;

namespace JackAutomotive.Analysis.ActionItems;

/// <summary>Tells the times that are offered or agreed from those that are mentioned: opening hours, other plans, times that do not suit.</summary>
internal static class UsableTimes
{
    /// <summary>Returns a predicate over <paramref name="times"/> that holds for the times which somebody may have agreed to.</summary>
    public static Func<TimeExpression, bool> Select(ReadOnlySpan<Word> words, List<TimeExpression> times)
    {
        var usable = new HashSet<TimeExpression>();
        foreach (var time in times)
        {
            if (IsUsable(words, time))
            {
                usable.Add(time);
            }
        }

        return usable.Contains;
    }

    private static bool IsUsable(ReadOnlySpan<Word> words, TimeExpression time)
    {
        var start = time.FirstWord;
        while (start > 0 && !EndsClause(words[start - 1]))
        {
            start--;
        }

        var end = time.EndWord;
        while (end < words.Length && !EndsClause(words[end]))
        {
            end++;
        }

        for (var at = start; at < end; at++)
        {
            if (at >= time.FirstWord && at < time.EndWord)
            {
                continue;
            }

            if (RulesOut(words, at, time))
            {
                return false;
            }
        }

        return true;
    }

    private static bool EndsClause(Word word) => word.IsBoundary || word.Text is "," or "but" or "because" or "so" or "then" or "pero" or "porque" or "or";

    private static bool RulesOut(ReadOnlySpan<Word> words, int at, TimeExpression time)
    {
        var next = at + 1 < words.Length ? words[at + 1].Text : "";
        return words[at].Text switch
        {
            "not" or "no" or "can't" or "cannot" or "won't" or "don't" => next is not "till" and not "til" and not "until" and not "before" and not "problem"
                and not "worries" and not "later" && !IsNoThanks(words, at),
            "closed" or "close" or "closes" or "open" or "opens" or "hours" or "abrimos" or "cerramos" => true,
            "busy" or "working" or "was" or "were" or "did" or "didn't" or "last" or "ago" or "since" or "already" or "every" or "bought" or "left" or "used" => true,
            "forget" or "scratch" or "cancel" or "disregard" => at < time.FirstWord,
            "out" => next is "of" || at + 1 == words.Length,
            "off" => at > 0 && words[at - 1].Text is "get" or "gets",
            "got" => at > 0 && words[at - 1].Text is "i" or "we" && next is "my" or "a" or "an" or "work",
            "have" or "i've" => next is "my" or "work" or "class" or "a" or "an" && time.FirstWord < at,
            "work" => at > 0 && words[at - 1].Text is "i" or "at",
            _ => false,
        };
    }

    // "No, Tuesday is better" rules nothing out.
    private static bool IsNoThanks(ReadOnlySpan<Word> words, int at) => words[at].Text is "no" && at + 1 < words.Length && words[at + 1].Text is ",";
}
