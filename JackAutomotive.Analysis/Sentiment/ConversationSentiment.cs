namespace JackAutomotive.Analysis.Sentiment;

/// <summary>What the customer feels at the end of a conversation: the customer's turns together, the later the more.</summary>
internal static class ConversationSentiment
{
    /// <summary>What remains of a feeling after a turn with another one.</summary>
    private const double AfterFeeling = 0.55;

    /// <summary>What remains of a feeling after a neutral turn.</summary>
    private const double AfterNeutral = 0.75;

    /// <summary>A feeling weaker than this has faded at the end, and the conversation is neutral.</summary>
    private const double Decided = 0.36;

    /// <summary>Returns the sentiment of the conversation. The evidence is that of the last turn with the same label.</summary>
    /// <param name="turns">The sentiments of the customer's turns, in order.</param>
    public static SentimentResult Of(IEnumerable<SentimentResult> turns)
    {
        var score = 0.0;
        var evidence = new Dictionary<SentimentLabel, SentimentResult>();
        foreach (var turn in turns)
        {
            score = turn.Label == SentimentLabel.Neutral ? score * AfterNeutral : (score * AfterFeeling) + turn.Score;
            evidence[turn.Label] = turn;
        }

        score = Math.Round(Math.Clamp(score, -1, 1), 3);
        var label = score >= Decided ? SentimentLabel.Positive : score <= -Decided ? SentimentLabel.Negative : SentimentLabel.Neutral;
        return new SentimentResult(
            score, label, label != SentimentLabel.Neutral && evidence.TryGetValue(label, out var last) ? last.Evidence : []);
    }
}
