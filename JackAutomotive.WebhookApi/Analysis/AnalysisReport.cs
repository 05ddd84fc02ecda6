using System.Text.Json.Serialization;
using JackAutomotive.Analysis;

namespace JackAutomotive.WebhookApi.Analysis;

/// <summary>An analysis as the preview answers it and as the pipeline stores it.</summary>
/// <param name="Engine">The name of the engine that made the analysis.</param>
/// <param name="Version">The version of that engine.</param>
/// <param name="Fallback">Whether the rules stood in for the configured model.</param>
/// <param name="FallbackReason">Why the rules stood in.</param>
/// <param name="Turns">One entry for each turn, in order.</param>
/// <param name="Conversation">The results for the conversation as a whole.</param>
internal sealed record AnalysisReport(
    string Engine,
    string Version,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Fallback,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? FallbackReason,
    IReadOnlyList<TurnAnalysis> Turns,
    ConversationSummary Conversation)
{
    /// <summary>Returns the report of an analysis. <paramref name="fallbackReason"/> is null if the configured engine made the analysis.</summary>
    public static AnalysisReport From(ConversationAnalysis analysis, string? fallbackReason) =>
        new(analysis.Engine, analysis.Version, fallbackReason is not null, fallbackReason, analysis.Turns, analysis.Conversation);
}
