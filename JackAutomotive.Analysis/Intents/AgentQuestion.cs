using JackAutomotive.Analysis.Patterns;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Intents;

/// <summary>What the dealership asked in the line before. The question gives a short answer, such as "yes", its meaning.</summary>
[Flags]
internal enum AgentQuestion
{
    None = 0,

    /// <summary>"Are you happy with the numbers?"</summary>
    Satisfaction = 1,

    /// <summary>"Is something wrong?"</summary>
    Trouble = 2,

    /// <summary>"Shall we put it on hold for you?"</summary>
    Commit = 4,

    /// <summary>"Shall we call you?"</summary>
    Call = 8,

    /// <summary>"Would you like to speak with a manager?"</summary>
    Person = 16,

    /// <summary>"Should we stop texting you?"</summary>
    Stop = 32,

    /// <summary>"Is it okay if we keep texting you?"</summary>
    Keep = 64,

    /// <summary>"Is this Maria?"</summary>
    Identity = 128,

    /// <summary>"Are you still looking for a car?"</summary>
    Looking = 256,

    /// <summary>"Did you buy a car already?"</summary>
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
