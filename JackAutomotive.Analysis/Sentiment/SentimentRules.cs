using JackAutomotive.Analysis.Intents;
using JackAutomotive.Analysis.Patterns;
using JackAutomotive.Analysis.Rules;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Sentiment;

/// <summary>
/// What a customer feels about the dealership or the deal. VADER's method: each word has a valence, words before it turn, strengthen or weaken it,
/// and the sum is normalised. Phrases go before words, the longest first, and what comes after "but" counts more.
/// </summary>
internal sealed class SentimentRules(RuleBase rules)
{
    private const double Normalization = 6;
    private const int NegationReach = 3;
    private const int LongestShortAnswer = 5;
    private const int LongestAnswer = 7;

    private readonly WordClasses _words = rules.WordClasses;

    /// <summary>Returns what the rules say of <paramref name="text"/>.</summary>
    public RuleRating Rate(ReadText text, List<IntentResult> intents)
    {
        var hits = FindHits(text);
        Turn(text.Tokens, hits);
        WeighContrast(text.Tokens, hits);
        var sum = 0.0;
        foreach (var hit in hits)
        {
            sum += hit.Valence;
        }

        sum = WeighIntents(text, sum, intents);
        sum += Exclamations(text.Text) * 0.25 * Math.Sign(sum) * (Math.Abs(sum) > 0.5 ? 1 : 0);
        return new RuleRating(sum / Math.Sqrt((sum * sum) + Normalization), hits);
    }

    /// <summary>"Yeah" after "Are you happy with the numbers?" is positive; after "Does Tuesday work?" it is neutral.</summary>
    /// <returns>The score, or null when the text is no short answer to a question about a feeling.</returns>
    public double? RateAnswer(ReadText text, AgentQuestion asked)
    {
        var tokens = text.Tokens;
        if (tokens.Count == 0 || tokens.Count > LongestAnswer
            || (asked & (AgentQuestion.Satisfaction | AgentQuestion.Trouble | AgentQuestion.Commit)) == 0
            || (tokens.Count > LongestShortAnswer && !_words.NoAnswers.Contains(tokens[0].Word) && !_words.YesAnswers.Contains(tokens[0].Word)))
        {
            return null;
        }

        var answer = Answer.Of(tokens, _words);
        if (answer == AnswerKind.None)
        {
            return null;
        }

        var yes = answer == AnswerKind.Yes;
        return (asked & AgentQuestion.Trouble) != 0 ? (yes ? -0.5 : 0.5)
            : (asked & AgentQuestion.Commit) != 0 ? (yes ? 0.5 : 0)
            : yes ? 0.5 : -0.5;
    }

    private List<Hit> FindHits(ReadText text)
    {
        var tokens = text.Tokens;
        var covered = new bool[tokens.Count];
        var hits = new List<Hit>();
        List<PatternMatch> phrases = [];
        foreach (var match in text.Matches)
        {
            if (match.Pattern.Section == Sections.Sentiment)
            {
                phrases.Add(match);
            }
        }

        phrases.Sort(static (a, b) =>
        {
            var byLength = (b.End - b.Start).CompareTo(a.End - a.Start);
            return byLength != 0 ? byLength : Math.Abs(b.Pattern.Weight).CompareTo(Math.Abs(a.Pattern.Weight)) is var byWeight && byWeight != 0
                ? byWeight
                : a.Start.CompareTo(b.Start);
        });
        foreach (var phrase in phrases)
        {
            if (covered.AsSpan(phrase.Start, phrase.End - phrase.Start).Contains(true))
            {
                continue;
            }

            covered.AsSpan(phrase.Start, phrase.End - phrase.Start).Fill(true);
            if (phrase.Pattern.Weight != 0)
            {
                hits.Add(new Hit(phrase.Start, phrase.End, phrase.Pattern.Weight, true));
            }
        }

        for (var i = 0; i < tokens.Count; i++)
        {
            if (covered[i] || tokens[i].Word == Vocabulary.Unknown || tokens[i].Is(TokenFlags.Name))
            {
                continue;
            }

            var valence = rules.Valences.Of(tokens[i].Word);
            if (valence != 0)
            {
                valence *= tokens[i].Is(TokenFlags.Shouted) ? 1.25 : 1;
                hits.Add(new Hit(i, i + 1, tokens[i].Is(TokenFlags.Question) ? valence * 0.5 : valence, false));
            }
        }

        hits.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        return hits;
    }

    /// <summary>Applies the words before each hit: "not", "very", "kind of".</summary>
    private void Turn(List<Token> tokens, List<Hit> hits)
    {
        for (var h = 0; h < hits.Count; h++)
        {
            var hit = hits[h];
            var valence = hit.Valence;
            var negated = false;
            for (var back = 1; back <= NegationReach && hit.Start - back >= 0; back++)
            {
                var at = hit.Start - back;
                if (tokens[at + 1].Is(TokenFlags.SentenceStart) || (tokens[at + 1].Is(TokenFlags.ClauseStart) && back > 0))
                {
                    break;
                }

                var word = tokens[at].Word;
                if (_words.Contrasts.Contains(word))
                {
                    break;
                }

                negated |= _words.Negators.Contains(word) || (back == 1 && _words.No.Contains(word));
                if (!hit.Phrase)
                {
                    valence *= _words.Boosters.Contains(word) ? 1.2 : _words.Dampeners.Contains(word) ? 0.8 : 1;
                }
            }

            if (negated)
            {
                valence *= valence > 0 ? -0.75 : hit.Phrase ? -0.1 : -0.4;
            }

            hits[h] = hit with { Valence = valence };
        }
    }

    /// <summary>What the customer ends on decides.</summary>
    private void WeighContrast(List<Token> tokens, List<Hit> hits)
    {
        if (hits.Count == 0)
        {
            return;
        }

        var last = -1;
        for (var i = tokens.Count - 2; i > 0 && last < 0; i--)
        {
            last = _words.Contrasts.Contains(tokens[i].Word) ? i : -1;
        }

        var after = last >= 0 && hits.Exists(h => h.Start >= last && h.Valence != 0);
        for (var h = 0; h < hits.Count; h++)
        {
            var factor = 1.0;
            if (after)
            {
                factor = hits[h].Start < last ? 0.35 : 1.4;
            }
            else if (h == hits.Count - 1 && hits.Count > 1)
            {
                factor = 1.3;
            }

            hits[h] = hits[h] with { Valence = hits[h].Valence * factor };
        }
    }

    private static double WeighIntents(ReadText text, double sum, List<IntentResult> intents)
    {
        foreach (var intent in intents)
        {
            switch (intent.Name)
            {
                case Intent.BuyingSignal when sum > -1.5:
                    // Eagerness to buy is positive.
                    sum += 1.5;
                    break;
                case Intent.StopRequest or Intent.WrongNumber when sum > 0:
                    // "Thanks and have a blessed day" is courtesy here.
                    sum = 0;
                    break;
                case Intent.StopRequest when IsShouted(text):
                    sum -= 1.5;
                    break;
                default:
                    break;
            }
        }

        return sum;
    }

    private static bool IsShouted(ReadText text)
    {
        var shouted = 0;
        foreach (var token in text.Tokens)
        {
            shouted += token.Is(TokenFlags.Shouted) ? 1 : 0;
        }

        return shouted >= 4 || Exclamations(text.Text) >= 2;
    }

    private static int Exclamations(string text)
    {
        var count = 0;
        foreach (var c in text)
        {
            count += c == '!' ? 1 : 0;
        }

        return Math.Min(count, 3);
    }
}

/// <summary>What the rules say of a text.</summary>
/// <param name="Score">From -1 to 1.</param>
/// <param name="Hits">The words and phrases with a feeling, in order.</param>
internal readonly record struct RuleRating(double Score, List<Hit> Hits);

/// <summary>A word or phrase with a feeling.</summary>
/// <param name="Start">The index of the first token.</param>
/// <param name="End">The index after the last token.</param>
/// <param name="Valence">The feeling, after the words before it and the contrast are applied.</param>
/// <param name="Phrase">Whether a phrase of the rules matched, and not a single word.</param>
internal readonly record struct Hit(int Start, int End, double Valence, bool Phrase);
