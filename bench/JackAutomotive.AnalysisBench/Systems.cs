using NodaTime;

namespace JackAutomotive.AnalysisBench;

/// <summary>What an analysis says of one turn.</summary>
internal sealed record Verdict(SentimentLabel Sentiment, IReadOnlyCollection<Intent> Intents, ObjectionKind? Objection);

/// <summary>The analyses that are compared.</summary>
internal static class Systems
{
    private static readonly RuleEngine s_engine = new();

    /// <summary>The engine of this repository.</summary>
    public static Verdict Engine(string text, string? before, TurnChannel channel)
    {
        Turn[] turns = before is null
            ? [new Turn(TurnRole.User, text, 0, channel)]
            : [new Turn(TurnRole.Agent, before, 0, channel), new Turn(TurnRole.User, text, 5, channel)];
        var turn = s_engine.Analyze(new Transcript(turns, DateTimeOffset.UnixEpoch, DateTimeZone.Utc)).Turns[^1];
        return new Verdict(
            turn.Sentiment.Label,
            [.. turn.Intents.Select(i => i.Name).Distinct()],
            turn.Intents.FirstOrDefault(i => i.Name == Intent.Objection)?.Objection);
    }

    /// <summary>The engine of this repository, for a whole conversation.</summary>
    public static ConversationAnalysis Engine(LabelledConversation conversation) =>
        s_engine.Analyze(new Transcript(
            conversation.Turns, conversation.StartedAt, DateTimeZoneProviders.Tzdb[conversation.TimeZone]));

    /// <summary>VADER with its own lexicon and thresholds (±0.05). VADER knows no intents.</summary>
    public static Verdict PlainLexicon(string text) => new(Vader.LabelOf(text), [], null);

    /// <summary>
    /// The predecessor: lists of substrings. "stop" anywhere is a stop request; "person", "human", "manager", "cost" and "help" page the staff;
    /// "good", "great" and "love" are positive, "bad", "hate" and "expensive" are negative.
    /// </summary>
    public static Verdict SubstringLists(string text)
    {
        bool Has(params ReadOnlySpan<string> words)
        {
            foreach (var word in words)
            {
                if (text.Contains(word, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }

            return false;
        }

        List<Intent> intents = [];
        if (Has("stop", "unsubscribe", "opt out", "remove me"))
        {
            intents.Add(Intent.StopRequest);
        }

        if (Has("person", "human", "agent", "manager", "representative", "cost", "help"))
        {
            intents.Add(Intent.WantsPerson);
        }

        if (Has("buy", "interested", "deposit", "ready"))
        {
            intents.Add(Intent.BuyingSignal);
        }

        if (Has("expensive", "too much", "credit", "think about it", "wife", "husband"))
        {
            intents.Add(Intent.Objection);
        }

        if (Has("call me", "call back"))
        {
            intents.Add(Intent.CallbackRequest);
        }

        if (Has("wrong number"))
        {
            intents.Add(Intent.WrongNumber);
        }

        if (Has("already bought", "bought"))
        {
            intents.Add(Intent.AlreadyBought);
        }

        var positive = Has("good", "great", "love", "excellent", "thank", "happy", "interested");
        var negative = Has("bad", "hate", "expensive", "terrible", "frustrated", "angry", "not interested");
        var sentiment = negative ? SentimentLabel.Negative : positive ? SentimentLabel.Positive : SentimentLabel.Neutral;
        ObjectionKind? objection = Has("expensive", "too much") ? ObjectionKind.Price
            : Has("credit") ? ObjectionKind.Credit
            : Has("wife", "husband") ? ObjectionKind.Spouse
            : Has("think about it") ? ObjectionKind.Timing
            : null;
        return new Verdict(sentiment, intents, objection);
    }
}
