using JackAutomotive.Analysis.Patterns;
using JackAutomotive.Analysis.Rules;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Intents;

/// <summary>
/// Finds requests that contact ends. A carrier keyword alone always is one. Everything else is decided by a trained linear model together with the
/// rules: the model knows wordings that no rule has, and the rules know what the model has seen too seldom.
/// </summary>
internal sealed class StopRequestFinder(RuleBase rules)
{
    // Chosen by cross-validation, see docs/analysis.md: the lowest with a precision of about 0.95 over all labelled sentences.
    private const double Threshold = 0;
    private const double StrengthOfRules = 2;
    private const int LongestReused = 500;

    private static readonly int s_section = Sections.Of("stop_request");
    private static readonly int s_nearMisses = Sections.Of("stop_request.not");

    [ThreadStatic]
    private static StopFeatures? s_features;

    private readonly StopModel _model = StopModel.Shared;

    /// <summary>Returns what the rules alone find, and the matches that show it.</summary>
    public static (StopFinding Finding, List<PatternMatch> Matches) FindByRules(ReadText text)
    {
        var found = IntentRules.Accepted(text, s_section, s_nearMisses);
        var finding = found.Exists(IsWholeText) ? StopFinding.Keyword
            : found.Exists(match => match.Pattern.Weight >= IntentRules.Certain) ? StopFinding.Certain
            : found.Count > 0 ? StopFinding.Found
            : text.Matches.Exists(match => match.Pattern.Section == s_nearMisses) ? StopFinding.NearMiss
            : StopFinding.None;
        return (finding, found);
    }

    /// <summary>Adds what the rules find to the model's score.</summary>
    public static double Combine(double score, StopFinding finding) => score + (StrengthOfRules * (int)finding);

    /// <summary>Returns the words that ask for an end of contact. Returns no words if nothing does.</summary>
    public List<Evidence> Find(ReadText text)
    {
        if (text.Tokens.Count == 0)
        {
            return [];
        }

        var (finding, matches) = FindByRules(text);
        if (finding == StopFinding.Keyword)
        {
            return IntentRules.EvidenceOf(text, matches);
        }

        // The lists of a very long text would stay large for ever.
        var reader = text.Tokens.Count > LongestReused ? new StopFeatures() : s_features ??= new StopFeatures();
        var features = reader.Extract(text, rules.Vocabulary);
        if (Combine(_model.Score(features), finding) < Threshold)
        {
            return [];
        }

        return matches.Count > 0 ? IntentRules.EvidenceOf(text, matches)
            : _model.Strongest(features) is { } strongest ? [text.EvidenceOf(strongest.Start, strongest.End)]
            : [text.EvidenceOf(0, text.Tokens.Count)];
    }

    private static bool IsWholeText(PatternMatch match) =>
        match.Pattern.Steps[0].Kind == StepKind.TextStart && match.Pattern.Steps[^1].Kind == StepKind.TextEnd;
}
