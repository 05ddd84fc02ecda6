using JackAutomotive.Analysis.Patterns;
using JackAutomotive.Analysis.Rules;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Intents;

/// <summary>
/// Finds what a customer wants. An intent holds where one of its patterns matches and no near miss overlaps the match. A pattern with the weight 2
/// ignores near misses, except those with the weight 3. A stop request is found by rules and a trained model together, see
/// <see cref="StopRequestFinder"/>.
/// </summary>
internal sealed class IntentRules(RuleBase rules)
{
    /// <summary>From this weight on a pattern ignores near misses.</summary>
    public const double Certain = 2;

    private const double MoreThanCertain = 3;
    private const int MostEvidence = 3;
    private const int LongestShortAnswer = 6;

    private static readonly (Intent Intent, int Section, int Not)[] s_intents =
    [
        (Intent.WantsPerson, Sections.Of("wants_person"), Sections.Of("wants_person.not")),
        (Intent.BuyingSignal, Sections.Of("buying_signal"), Sections.Of("buying_signal.not")),
        (Intent.CallbackRequest, Sections.Of("callback_request"), Sections.Of("callback_request.not")),
        (Intent.WrongNumber, Sections.Of("wrong_number"), Sections.Of("wrong_number.not")),
        (Intent.AlreadyBought, Sections.Of("already_bought"), Sections.Of("already_bought.not")),
    ];

    private static readonly (ObjectionKind Kind, int Section, int Not)[] s_objections =
    [
        (ObjectionKind.Price, Sections.Of("objection.price"), Sections.Of("objection.not.price")),
        (ObjectionKind.Credit, Sections.Of("objection.credit"), Sections.Of("objection.not.credit")),
        (ObjectionKind.Spouse, Sections.Of("objection.spouse"), Sections.Of("objection.not.spouse")),
        (ObjectionKind.Timing, Sections.Of("objection.timing"), Sections.Of("objection.not.timing")),
        (ObjectionKind.Trust, Sections.Of("objection.trust"), Sections.Of("objection.not.trust")),
    ];

    private readonly StopRequestFinder _stops = new(rules);

    /// <summary>Returns the intents of <paramref name="text"/>, said after the dealership asked <paramref name="asked"/>.</summary>
    public List<IntentResult> Find(ReadText text, AgentQuestion asked)
    {
        var results = new List<IntentResult>();
        if (_stops.Find(text) is { Count: > 0 } stop)
        {
            results.Add(new IntentResult(Intent.StopRequest, null, stop));
        }

        foreach (var (intent, section, not) in s_intents)
        {
            var found = Accepted(text, section, not);
            if (found.Count > 0)
            {
                results.Add(new IntentResult(intent, null, EvidenceOf(text, found)));
            }
        }

        if (BestObjection(text) is { } objection)
        {
            results.Add(objection);
        }

        AddFromAnswer(text, asked, results);
        Reconcile(results);
        results.Sort((a, b) => a.Name.CompareTo(b.Name));
        return results;
    }

    /// <summary>Returns the matches of a section that no near miss refutes.</summary>
    public static List<PatternMatch> Accepted(ReadText text, int section, int not)
    {
        List<PatternMatch> found = [];
        foreach (var match in text.Matches)
        {
            if (match.Pattern.Section == section)
            {
                found.Add(match);
            }
        }

        if (found.Count > 0)
        {
            RemoveNearMisses(text, found, not);
        }

        return found;
    }

    private static void RemoveNearMisses(ReadText text, List<PatternMatch> found, int not)
    {
        bool[]? weak = null;
        bool[]? strong = null;
        foreach (var other in text.Matches)
        {
            if (other.Pattern.Section != not)
            {
                continue;
            }

            if (other.Pattern.Weight >= MoreThanCertain)
            {
                (strong ??= new bool[text.Tokens.Count]).AsSpan(other.Start, other.End - other.Start).Fill(true);
            }
            else if (!SpansClauses(text.Tokens, other))
            {
                (weak ??= new bool[text.Tokens.Count]).AsSpan(other.Start, other.End - other.Start).Fill(true);
            }
        }

        if (weak is null && strong is null)
        {
            return;
        }

        found.RemoveAll(match => Covers(strong, match) || (match.Pattern.Weight < Certain && Covers(weak, match)));
    }

    private static bool Covers(bool[]? tokens, PatternMatch match) =>
        tokens is not null && tokens.AsSpan(match.Start, match.End - match.Start).Contains(true);

    /// <summary>"Please stop, I have one" is no near miss as "stop I have" would be.</summary>
    private static bool SpansClauses(List<Token> tokens, PatternMatch match)
    {
        for (var i = match.Start + 1; i < match.End; i++)
        {
            if (tokens[i].Is(TokenFlags.ClauseStart))
            {
                return true;
            }
        }

        return false;
    }

    private static IntentResult? BestObjection(ReadText text)
    {
        IntentResult? best = null;
        var bestScore = 0.0;
        foreach (var (kind, section, not) in s_objections)
        {
            var found = Accepted(text, section, not);
            if (found.Count == 0)
            {
                continue;
            }

            var score = found.Max(m => m.Pattern.Weight + (0.15 * (m.End - m.Start))) + (0.1 * found.Count);
            if (score > bestScore)
            {
                bestScore = score;
                best = new IntentResult(Intent.Objection, kind, EvidenceOf(text, found));
            }
        }

        return best;
    }

    /// <summary>"Sure" wants a person after "Shall I connect you with a manager?".</summary>
    private void AddFromAnswer(ReadText text, AgentQuestion asked, List<IntentResult> results)
    {
        if (asked == AgentQuestion.None || text.Tokens.Count == 0)
        {
            return;
        }

        var answer = Answer.Of(text.Tokens, rules.WordClasses);
        if (answer == AnswerKind.None)
        {
            return;
        }

        foreach (var (question, kind, intent) in s_meanings)
        {
            if ((asked & question) == 0 || kind != answer || results.Exists(r => r.Name == intent))
            {
                continue;
            }

            if (text.Tokens.Count <= LongestAnswerTo(question))
            {
                results.Add(new IntentResult(intent, null, [text.EvidenceOf(0, Math.Min(text.Tokens.Count, LongestShortAnswer))]));
            }
        }
    }

    /// <summary>"Sure, but after six because I work until five" still answers a question for a call.</summary>
    private static int LongestAnswerTo(AgentQuestion question) => question switch
    {
        AgentQuestion.Call or AgentQuestion.Person => 2 * LongestShortAnswer,
        AgentQuestion.Keep => 9,
        _ => LongestShortAnswer,
    };

    private static readonly (AgentQuestion Question, AnswerKind Answer, Intent Intent)[] s_meanings =
    [
        (AgentQuestion.Commit, AnswerKind.Yes, Intent.BuyingSignal),
        (AgentQuestion.Call, AnswerKind.Yes, Intent.CallbackRequest),
        (AgentQuestion.Person, AnswerKind.Yes, Intent.WantsPerson),
        (AgentQuestion.Stop, AnswerKind.Yes, Intent.StopRequest),
        (AgentQuestion.Keep, AnswerKind.No, Intent.StopRequest),
        (AgentQuestion.Identity, AnswerKind.No, Intent.WrongNumber),
        (AgentQuestion.Bought, AnswerKind.Yes, Intent.AlreadyBought),
    ];

    /// <summary>Who has the wrong number, or a car, or wants no contact, does not also hesitate; who hesitates does not also commit.</summary>
    private static void Reconcile(List<IntentResult> results)
    {
        bool Has(Intent intent) => results.Exists(r => r.Name == intent);

        if (Has(Intent.StopRequest) || Has(Intent.WrongNumber) || Has(Intent.AlreadyBought))
        {
            results.RemoveAll(r => r.Name is Intent.BuyingSignal || (r.Name is Intent.Objection && r.Objection is ObjectionKind.Timing));
        }

        if (Has(Intent.StopRequest))
        {
            results.RemoveAll(r => r.Name is Intent.CallbackRequest);
        }

        if (Has(Intent.WrongNumber))
        {
            results.RemoveAll(r => r.Name is Intent.WantsPerson);
        }

        if (results.Find(r => r.Name is Intent.Objection) is { Objection: ObjectionKind.Spouse or ObjectionKind.Credit or ObjectionKind.Trust })
        {
            results.RemoveAll(r => r.Name is Intent.BuyingSignal);
        }
        else if (Has(Intent.BuyingSignal))
        {
            results.RemoveAll(r => r.Name is Intent.Objection);
        }
    }

    /// <summary>Returns the words of the first matches. Matches that overlap are one.</summary>
    public static List<Evidence> EvidenceOf(ReadText text, List<PatternMatch> found)
    {
        var evidence = new List<Evidence>();
        var (start, end) = (-1, -1);
        foreach (var match in found.OrderBy(m => m.Start).ThenByDescending(m => m.End))
        {
            if (start >= 0 && match.Start < end)
            {
                end = Math.Max(end, match.End);
                continue;
            }

            if (start >= 0)
            {
                evidence.Add(text.EvidenceOf(start, end));
            }

            if (evidence.Count == MostEvidence)
            {
                return evidence;
            }

            (start, end) = (match.Start, match.End);
        }

        evidence.Add(text.EvidenceOf(start, end));
        return evidence;
    }
}
