using JackAutomotive.Contracts;

namespace JackAutomotive.WebhookApi.Scoring.Facts;

/// <summary>
/// What the analysis of conversations contributes to the facts of a lead. This is the one place where stored results of the analysis become
/// facts: signals (intents), commitments (action items) and sentiments.
/// </summary>
internal sealed record AnalysisFacts(
    IReadOnlyList<LeadSignal> Signals,
    IReadOnlyList<Commitment> Commitments,
    IReadOnlyList<SentimentFact> Sentiments)
{
    public static readonly AnalysisFacts None = new([], [], []);

    /// <summary>Returns the facts of one lead. No results are stored yet, so there are none.</summary>
    public static AnalysisFacts Find(LeadId lead)
    {
        _ = lead;
        return None;
    }
}
