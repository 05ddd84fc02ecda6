using JackAutomotive.Analysis.Rules;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Intents;

/// <summary>What a short answer says.</summary>
internal enum AnswerKind
{
    None,
    Yes,
    No,
}

/// <summary>Reads yes and no.</summary>
internal static class Answer
{
    /// <summary>Returns what the first words say. "no text is fine" and "not really" are no; "sure do" and "I am" are yes.</summary>
    public static AnswerKind Of(List<Token> tokens, WordClasses words)
    {
        var take = Math.Min(tokens.Count, 4);
        var first = AnswerKind.None;
        for (var i = 0; i < take; i++)
        {
            if (words.NoAnswers.Contains(tokens[i].Word) || words.Lukewarm.Contains(tokens[i].Word))
            {
                return first == AnswerKind.Yes && i > 1 ? AnswerKind.Yes : AnswerKind.No;
            }

            if (first == AnswerKind.None && i <= 1 && words.YesAnswers.Contains(tokens[i].Word))
            {
                first = AnswerKind.Yes;
            }
        }

        if (first == AnswerKind.None && tokens.Count <= 3 && words.Affirmations.Contains(tokens[^1].Word))
        {
            return AnswerKind.Yes;
        }

        return first;
    }
}
