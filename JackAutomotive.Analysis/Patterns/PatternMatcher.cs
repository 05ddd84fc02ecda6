using System.Runtime.InteropServices;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Patterns;

/// <summary>
/// Finds patterns in tokens. Gaps and steps are bounded, so the time is linear in the number of tokens. Each pattern is tried only at words with
/// which it can begin.
/// </summary>
internal sealed class PatternMatcher
{
    private readonly Pattern[][] _byWord;
    private readonly Pattern[] _byName;
    private readonly Pattern[] _byNumber;

    public PatternMatcher(IReadOnlyList<Pattern> patterns, Vocabulary vocabulary)
    {
        var byWord = new Dictionary<int, List<Pattern>>();
        var (byName, byNumber) = (new List<Pattern>(), new List<Pattern>());
        foreach (var pattern in patterns)
        {
            Index(pattern, byWord, byName, byNumber);
        }

        _byWord = new Pattern[vocabulary.Count][];
        foreach (var (word, list) in byWord)
        {
            _byWord[word] = [.. list.Distinct()];
        }

        _byName = [.. byName.Distinct()];
        _byNumber = [.. byNumber.Distinct()];
    }

    /// <summary>Adds all matches to <paramref name="matches"/>, in the order in which they begin.</summary>
    public void Match(List<Token> tokens, List<PatternMatch> matches)
    {
        var span = CollectionsMarshal.AsSpan(tokens);
        for (var i = 0; i < span.Length; i++)
        {
            if (span[i].Word != 0 && _byWord[span[i].Word] is { } candidates)
            {
                Try(candidates, span, i, matches);
            }

            if (span[i].Is(TokenFlags.Name))
            {
                Try(_byName, span, i, matches);
            }

            if (span[i].Is(TokenFlags.Number))
            {
                Try(_byNumber, span, i, matches);
            }
        }
    }

    private static void Try(Pattern[] candidates, ReadOnlySpan<Token> tokens, int start, List<PatternMatch> matches)
    {
        foreach (var pattern in candidates)
        {
            var end = MatchFrom(pattern.Steps, 0, tokens, start, start, false);
            if (end > start)
            {
                matches.Add(new PatternMatch(pattern, start, end));
            }
        }
    }

    private static void Index(Pattern pattern, Dictionary<int, List<Pattern>> byWord, List<Pattern> byName, List<Pattern> byNumber)
    {
        foreach (var step in pattern.Steps)
        {
            switch (step.Kind)
            {
                case StepKind.Words:
                    foreach (var word in step.Words.Concat(step.Sequences.Select(s => s[0])))
                    {
                        var list = word switch
                        {
                            Step.AnyName => byName,
                            Step.AnyNumber => byNumber,
                            _ => CollectionsMarshal.GetValueRefOrAddDefault(byWord, word, out _) ??= [],
                        };
                        list.Add(pattern);
                    }

                    break;
                case StepKind.Gap:
                    throw new FormatException($"The pattern \"{pattern.Source}\" begins with a gap.");
                default:
                    continue;
            }

            if (!step.Optional)
            {
                return;
            }
        }
    }

    /// <summary>Returns the index after the last token of the match, or -1.</summary>
    private static int MatchFrom(Step[] steps, int index, ReadOnlySpan<Token> tokens, int start, int at, bool mayBreak)
    {
        while (index < steps.Length)
        {
            var step = steps[index];
            switch (step.Kind)
            {
                case StepKind.TextStart when at != 0:
                case StepKind.TextEnd when at != tokens.Length:
                case StepKind.ClauseStart when !BeginsClause(tokens, at):
                case StepKind.ClauseEnd when !(at == tokens.Length || BeginsClause(tokens, at)):
                case StepKind.InQuestion when at == 0 || !tokens[at - 1].Is(TokenFlags.Question):
                case StepKind.NotNext when at < tokens.Length && !tokens[at].Is(TokenFlags.SentenceStart) && ContainsAt(step, tokens, at):
                case StepKind.NotBefore when start > 0 && !tokens[start].Is(TokenFlags.SentenceStart) && EndsWith(step, tokens, start):
                    return -1;

                case StepKind.TextStart or StepKind.TextEnd or StepKind.ClauseStart or StepKind.ClauseEnd:
                case StepKind.InQuestion or StepKind.NotNext or StepKind.NotBefore:
                    index++;
                    continue;

                case StepKind.MayBreak:
                    mayBreak = true;
                    index++;
                    continue;

                case StepKind.Gap:
                    for (var skip = 0; skip <= step.Gap && at + skip <= tokens.Length; skip++)
                    {
                        if (skip > 0 && !MayTake(tokens, start, at + skip - 1, mayBreak))
                        {
                            return -1;
                        }

                        var end = MatchFrom(steps, index + 1, tokens, start, at + skip, mayBreak);
                        if (end >= 0)
                        {
                            return end;
                        }
                    }

                    return -1;
            }

            var result = TryTake(steps, index, step, tokens, start, at, mayBreak);
            if (result != Continue)
            {
                if (result >= 0 || !step.Optional)
                {
                    return result;
                }

                index++;
                continue;
            }

            at++;
            index++;
            mayBreak = false;
        }

        return at;
    }

    private const int Continue = -2;

    /// <summary>
    /// Matches the words of one step. Returns <see cref="Continue"/> when exactly one token matches and there is no other way, the end of the whole
    /// match when the rest was tried, or -1.
    /// </summary>
    private static int TryTake(Step[] steps, int index, Step step, ReadOnlySpan<Token> tokens, int start, int at, bool mayBreak)
    {
        if (at >= tokens.Length || !MayTake(tokens, start, at, mayBreak))
        {
            return -1;
        }

        foreach (var sequence in step.Sequences)
        {
            if (StartsWith(tokens, start, at, sequence, mayBreak))
            {
                var end = MatchFrom(steps, index + 1, tokens, start, at + sequence.Length, false);
                if (end >= 0)
                {
                    return end;
                }
            }
        }

        if (!step.Contains(tokens[at]))
        {
            return -1;
        }

        return step.Optional ? MatchFrom(steps, index + 1, tokens, start, at + 1, false) : Continue;
    }

    private static bool ContainsAt(Step step, ReadOnlySpan<Token> tokens, int at)
    {
        if (step.Contains(tokens[at]))
        {
            return true;
        }

        foreach (var sequence in step.Sequences)
        {
            if (StartsWith(tokens, at, at, sequence, false))
            {
                return true;
            }
        }

        return false;
    }

    private static bool StartsWith(ReadOnlySpan<Token> tokens, int start, int at, int[] sequence, bool mayBreak)
    {
        if (at + sequence.Length > tokens.Length)
        {
            return false;
        }

        for (var i = 0; i < sequence.Length; i++)
        {
            if (!IsWord(tokens[at + i], sequence[i]) || !MayTake(tokens, start, at + i, mayBreak && i == 0))
            {
                return false;
            }
        }

        return true;
    }

    private static bool EndsWith(Step step, ReadOnlySpan<Token> tokens, int end)
    {
        if (step.Contains(tokens[end - 1]))
        {
            return true;
        }

        foreach (var sequence in step.Sequences)
        {
            if (sequence.Length <= end && StartsWith(tokens, end - sequence.Length, end - sequence.Length, sequence, false))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsWord(Token token, int word) => word switch
    {
        Step.AnyName => token.Is(TokenFlags.Name),
        Step.AnyNumber => token.Is(TokenFlags.Number),
        _ => token.Word == word,
    };

    private static bool MayTake(ReadOnlySpan<Token> tokens, int start, int at, bool mayBreak) =>
        at == start || mayBreak || !tokens[at].Is(TokenFlags.SentenceStart);

    private static bool BeginsClause(ReadOnlySpan<Token> tokens, int at) =>
        at == 0 || (at < tokens.Length && (tokens[at].Flags & (TokenFlags.SentenceStart | TokenFlags.ClauseStart)) != 0);
}
