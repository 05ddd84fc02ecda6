using JackAutomotive.Analysis.ActionItems;
using JackAutomotive.Analysis.Intents;
using JackAutomotive.Analysis.KeyPhrases;
using JackAutomotive.Analysis.Quality;
using JackAutomotive.Analysis.Rules;
using JackAutomotive.Analysis.Sentiment;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis;

/// <summary>
/// Finds out what a conversation means by rules and lexicons. Pure and deterministic: the same transcript gives the same result, on any thread and
/// machine. The time is linear in the length of the transcript.
/// </summary>
public sealed class RuleEngine : IAnalysisEngine
{
    /// <summary>The name of the engine in every result.</summary>
    public const string Name = "rules";

    /// <summary>The version of the rules and lexicons. Raise it with every change that can change a result.</summary>
    public const string Version = "1.1";

    private readonly IntentRules _intents = new(RuleBase.Shared);
    private readonly SentimentRater _sentiment = new(RuleBase.Shared);

    /// <inheritdoc/>
    public Task<ConversationAnalysis> AnalyzeAsync(Transcript transcript, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Analyze(transcript));
    }

    /// <summary>Analyses <paramref name="transcript"/>. The result has one entry for each turn.</summary>
    public ConversationAnalysis Analyze(Transcript transcript)
    {
        var turns = AnalyzeTurns(transcript);
        var items = ActionItemFinder.Find(transcript);
        var conversation = new ConversationSummary(
            ConversationSentiment.Of(turns.Where((_, i) => transcript.Turns[i].Role == TurnRole.User).Select(t => t.Sentiment)),
            IntentsOf(turns),
            KeyPhraseFinder.Find(transcript),
            items,
            QualityAssessor.Assess(transcript, turns, items));
        return new ConversationAnalysis(Name, Version, turns, conversation);
    }

    /// <summary>Finds the intents of one thing that a customer said, without what was said before. Much cheaper than an analysis.</summary>
    public IReadOnlyList<IntentResult> FindIntents(string words)
    {
        var rules = RuleBase.Shared;
        var text = new ReadText();
        text.Read(words, rules.Tokenizer, rules.Customer);
        return _intents.Find(text, AgentQuestion.None);
    }

    private List<TurnAnalysis> AnalyzeTurns(Transcript transcript)
    {
        var turns = new List<TurnAnalysis>(transcript.Turns.Count);
        var text = new ReadText();
        var rules = RuleBase.Shared;
        var question = AgentQuestion.None;
        for (var i = 0; i < transcript.Turns.Count; i++)
        {
            var turn = transcript.Turns[i];
            if (turn.Role == TurnRole.Agent)
            {
                text.Read(turn.Text, rules.Tokenizer, rules.Agent);
                question = AgentQuestions.Of(text.Tokens, text.Matches);
                turns.Add(new TurnAnalysis(i, new SentimentResult(0, SentimentLabel.Neutral, []), []));
                continue;
            }

            text.Read(turn.Text, rules.Tokenizer, rules.Customer);
            var intents = _intents.Find(text, question);
            turns.Add(new TurnAnalysis(i, _sentiment.Rate(text, question, intents), intents));
            question = AgentQuestion.None;
        }

        return turns;
    }

    private static List<ConversationIntent> IntentsOf(List<TurnAnalysis> turns) =>
    [
        .. turns
            .SelectMany(t => t.Intents.Select(i => (Intent: i, Turn: t.Index)))
            .GroupBy(i => (i.Intent.Name, i.Intent.Objection))
            .OrderBy(g => g.Key)
            .Select(g => new ConversationIntent(g.Key.Name, g.Key.Objection, [.. g.Select(i => i.Turn)])),
    ];
}
