using System.Text.Json;

namespace JackAutomotive.AnalysisBench;

/// <summary>One labelled utterance: what a customer says, and the dealership's line before it.</summary>
internal sealed record Utterance(
    string Id, string Text, string? Before, TurnChannel Channel, string Lang, SentimentLabel Sentiment, Intent[] Intents, ObjectionKind? Objection);

/// <summary>One labelled conversation.</summary>
internal sealed record LabelledConversation(string Id, DateTimeOffset StartedAt, string TimeZone, Turn[] Turns, ConversationLabels Labels);

internal sealed record ConversationLabels(
    SentimentLabel Sentiment, Dictionary<string, TurnLabels> Turns, LabelledAction[] ActionItems);

internal sealed record TurnLabels(SentimentLabel Sentiment, Intent[] Intents);

internal sealed record LabelledAction(ActionOwner Owner, int Turn, string What, DateTimeOffset? DueAt);

/// <summary>Reads the labelled data in JSON Lines.</summary>
internal static class LabelledData
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    public static List<T> Read<T>(string path) =>
        [.. File.ReadLines(path).Where(l => l.Length > 0).Select(l => JsonSerializer.Deserialize<T>(l, s_json)!)];
}
