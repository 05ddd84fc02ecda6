using JackAutomotive.Analysis.Patterns;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Intents;

/// <summary>What the dealership's line before asks. A short answer gets its meaning from it.</summary>
[Flags]
internal enum AgentQuestion
{
    None = 0,
    Satisfaction = 1,
    Trouble = 2,
    Commit = 4,
    Call = 8,
    Person = 16,
    Stop = 32,
    Keep = 64,
    Identity = 128,
    Looking = 256,
    Bought = 512,
}

/// <summary>Reads <see cref="AgentQuestion"/> from the patterns that match the dealership's line.</summary>
internal static class AgentQuestions
{
    private static readonly (int Section, AgentQuestion Question)[] s_questions =
    [
        (Sections.Of("asks.satisfaction"), AgentQuestion.Satisfaction),
        (Sections.Of("asks.trouble"), AgentQuestion.Trouble),
        (Sections.Of("asks.commit"), AgentQuestion.Commit),
        (Sections.Of("asks.call"), AgentQuestion.Call),
        (Sections.Of("asks.person"), AgentQuestion.Person),
        (Sections.Of("asks.stop"), AgentQuestion.Stop),
        (Sections.Of("asks.keep"), AgentQuestion.Keep),
        (Sections.Of("asks.identity"), AgentQuestion.Identity),
        (Sections.Of("asks.looking"), AgentQuestion.Looking),
        (Sections.Of("asks.bought"), AgentQuestion.Bought),
    ];

    /// <summary>Returns what the last question of the line asks, or its last sentence where there is no question.</summary>
    public static AgentQuestion Of(List<Token> tokens, List<PatternMatch> matches)
    {
        var (start, end) = LastQuestion(tokens);
        var result = AgentQuestion.None;
        foreach (var match in matches)
        {
            if (match.Start < start || match.Start >= end)
            {
                continue;
            }

            foreach (var (section, question) in s_questions)
            {
                result |= match.Pattern.Section == section ? question : AgentQuestion.None;
            }
        }

        return result;
    }

    private static (int Start, int End) LastQuestion(List<Token> tokens)
    {
        var end = tokens.Count;
        var last = tokens.FindLastIndex(t => t.Is(TokenFlags.Question));
        if (last >= 0)
        {
            end = last + 1;
        }

        var start = end - 1;
        while (start > 0 && !tokens[start].Is(TokenFlags.SentenceStart))
        {
            start--;
        }

        return (Math.Max(start, 0), end);
    }
}
