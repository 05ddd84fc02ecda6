using JackAutomotive.Analysis;
using JackAutomotive.WebhookApi.Analysis.Sources;

namespace JackAutomotive.WebhookApi.Analysis.Results;

/// <summary>An intent of one turn with its time, stored beside the analysis, so that readers need not parse the whole result.</summary>
/// <param name="Name">The intent.</param>
/// <param name="Objection">What holds the customer back; null unless the intent is an objection.</param>
/// <param name="At">When the turn was said, UTC.</param>
/// <param name="Turn">The index of the turn.</param>
/// <param name="Words">The words that show the intent.</param>
/// <param name="MessageSid">The text; null for a call.</param>
internal sealed record TurnSignal(Intent Name, ObjectionKind? Objection, DateTimeOffset At, int Turn, string Words, string? MessageSid)
{
    /// <summary>Returns the intents of an analysis, in the order of the turns.</summary>
    public static IReadOnlyList<TurnSignal> Read(AnalysisSource source, AnalysisReport report) =>
    [
        .. from turn in report.Turns
        from intent in turn.Intents
        select new TurnSignal(
            intent.Name,
            intent.Objection,
            source.TimeOf(turn.Index),
            turn.Index,
            intent.Evidence[0].Text,
            source.MessageSidOf(turn.Index)),
    ];
}
