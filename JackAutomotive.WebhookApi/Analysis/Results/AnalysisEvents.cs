using JackAutomotive.Analysis;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Analysis.Sources;
using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.WebhookApi.Analysis.Results;

/// <summary>The data of the event <c>conversation_insights</c>. Contains no transcript.</summary>
/// <param name="Label">The sentiment's label.</param>
/// <param name="Score">The sentiment's score, −1 to 1.</param>
/// <param name="Intents">Each intent once, with the number of turns that show it.</param>
/// <param name="KeyPhrases">The phrases with their counts, most important first.</param>
/// <param name="ActionItems">The number of action items.</param>
/// <param name="Quality">The quality score, 0 to 100.</param>
/// <param name="Turns">The number of turns.</param>
internal sealed record Insights(
    SentimentLabel Label,
    double Score,
    IReadOnlyList<InsightIntent> Intents,
    IReadOnlyList<InsightPhrase> KeyPhrases,
    int ActionItems,
    int Quality,
    int Turns)
{
    public static Insights From(AnalysisReport report) => new(
        report.Conversation.Sentiment.Label,
        report.Conversation.Sentiment.Score,
        [.. report.Conversation.Intents.Select(intent => new InsightIntent(intent.Name, intent.Objection, intent.Turns.Count))],
        [.. report.Conversation.KeyPhrases.Select(phrase => new InsightPhrase(phrase.Text, phrase.Count))],
        report.Conversation.ActionItems.Count,
        report.Conversation.Quality.Score,
        report.Turns.Count);
}

/// <summary>An intent in <see cref="Insights"/>. <paramref name="Objection"/> is null unless the intent is an objection.</summary>
internal sealed record InsightIntent(Intent Name, ObjectionKind? Objection, int Turns);

/// <summary>A key phrase in <see cref="Insights"/>.</summary>
internal sealed record InsightPhrase(string Text, int Count);

/// <summary>Raises the lead events of an analysis.</summary>
internal static class AnalysisEvents
{
    public static void RaiseInsights(UnitOfWork work, AnalysisSource source, AnalysisReport report, SavedAnalysis saved)
    {
        var insights = Insights.From(report);
        work.Raise(source.Lead, LeadEventTypes.ConversationInsights, source.EndedAt, new
        {
            AnalysisId = saved.Id,
            Channel = source.ChannelOf(0),
            source.ConversationId,
            insights.Label,
            insights.Score,
            insights.Intents,
            insights.KeyPhrases,
            insights.ActionItems,
            insights.Quality,
            insights.Turns,
            report.Engine,
            report.Version,
            report.Fallback,
            saved.Revision,
        });
    }
}
