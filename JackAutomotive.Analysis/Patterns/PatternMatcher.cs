using System.Buffers;
using System.Runtime.InteropServices;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Patterns;

/// <summary>
/// Finds patterns in tokens. Gaps and steps are bounded, so the time is linear in the number of tokens. Of the patterns, only those are tried whose
/// rarest word is in the text, and only at words with which they can begin.
/// </summary>
internal sealed class PatternMatcher
{
    private const int CostOfCommonWord = 30;
    private const int CostOfName = 8;

    private readonly Pattern[] _patterns;
    private readonly WordIndex _first;
    private readonly WordIndex _rarest;

    /// <param name="patterns">The patterns.</param>
    /// <param name="vocabulary">The vocabulary with all words of the patterns.</param>
    /// <param name="common">The ids of the words that most texts contain.</param>
    public PatternMatcher(IReadOnlyList<Pattern> patterns, Vocabulary vocabulary, HashSet<int> common)
    {
        _patterns = [.. patterns];
        _first = new WordIndex(_patterns.Select(p => FirstWords(p).Distinct()), vocabulary.Count);
        _rarest = new WordIndex(_patterns.Select(p => RarestWords(p, common).Distinct()), vocabulary.Count);
    }

    /// <summary>Adds all matches to <paramref name="matches"/>, in the order in which they begin.</summary>
    public void Match(List<Token> tokens, List<PatternMatch> matches)
    {
        var span = CollectionsMarshal.AsSpan(tokens);
        var possible = ArrayPool<bool>.Shared.Rent(_patterns.Length);
        possible.AsSpan(0, _patterns.Length).Clear();
        foreach (var token in span)
        {
            Mark(_rarest.Of(token.Word), possible);
            Mark(token.Is(TokenFlags.Name) ? _rarest.Names : [], possible);
            Mark(token.Is(TokenFlags.Number) ? _rarest.Numbers : [], possible);
        }

        for (var i = 0; i < span.Length; i++)
        {
            Try(_first.Of(span[i].Word), possible, span, i, matches);
            Try(span[i].Is(TokenFlags.Name) ? _first.Names : [], possible, span, i, matches);
            Try(span[i].Is(TokenFlags.Number) ? _first.Numbers : [], possible, span, i, matches);
        }

        ArrayPool<bool>.Shared.Return(possible);
    }

    private static void Mark(ReadOnlySpan<int> patterns, bool[] possible)
    {
        foreach (var pattern in patterns)
        {
            possible[pattern] = true;
        }
    }

    private void Try(ReadOnlySpan<int> candidates, bool[] possible, ReadOnlySpan<Token> tokens, int start, List<PatternMatch> matches)
    {
        foreach (var candidate in candidates)
        {
            if (!possible[candidate])
            {
                continue;
            }

            var pattern = _patterns[candidate];
            var end = MatchFrom(pattern.Steps, 0, tokens, start, start, false);
            if (end > start)
            {
                matches.Add(new PatternMatch(pattern, start, end));
            }
        }
    }

    private static IEnumerable<int> FirstWords(Pattern pattern)
    {
        foreach (var step in pattern.Steps)
        {
            if (step.Kind == StepKind.Gap)
            {
                throw new FormatException($"The pattern \"{pattern.Source}\" begins with a gap.");
            }

            if (step.Kind != StepKind.Words)
            {
                continue;
            }

            foreach (var word in step.Words.Concat(step.Sequences.Select(s => s[0])))
            {
                yield return word;
            }

            if (!step.Optional)
            {
                yield break;
            }
        }
    }

    /// <summary>Returns words of which one is in every match: those of the step whose words are rarest.</summary>
    private static int[] RarestWords(Pattern pattern, HashSet<int> common)
    {
        int Cost(int word) => word < 0 ? CostOfName : common.Contains(word) ? CostOfCommonWord : 1;

        return pattern.Steps
            .Where(s => s is { Kind: StepKind.Words, Optional: false })
            .Select(s => s.Words.Concat(s.Sequences.Select(q => q.MinBy(Cost))).ToArray())
            .MinBy(words => words.Sum(Cost))!;
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
