using JackAutomotive.Analysis;
using NodaTime;

namespace JackAutomotive.Tests.Analysis;

/// <summary>Lets the rule engine analyse what a customer says.</summary>
internal static class Say
{
    private static readonly RuleEngine s_engine = new();

    /// <summary>Returns the analysis of <paramref name="text"/>, said after the dealership's line <paramref name="before"/>.</summary>
    public static TurnAnalysis Text(string text, string? before = null)
    {
        Turn[] turns = before is null
            ? [new Turn(TurnRole.User, text, 0, TurnChannel.Sms)]
            : [new Turn(TurnRole.Agent, before, 0, TurnChannel.Sms), new Turn(TurnRole.User, text, 9, TurnChannel.Sms)];
        return Conversation(turns).Turns[^1];
    }

    /// <summary>Returns the analysis of a whole conversation that begins at a fixed time.</summary>
    public static ConversationAnalysis Conversation(params Turn[] turns) =>
        s_engine.Analyze(new Transcript(turns, new DateTimeOffset(2026, 3, 3, 17, 5, 0, TimeSpan.Zero), DateTimeZoneProviders.Tzdb["America/Chicago"]));
}
