using JackAutomotive.ProviderSimulator.Scenarios.Calls;

namespace JackAutomotive.ProviderSimulator.Scenarios;

/// <summary>What happens at one moment of a sales story: a text, a call, or a call that nobody answers.</summary>
/// <param name="At">The time since the midnight before the story, on the story's own clock.</param>
/// <param name="Name">The name of the moment.</param>
/// <param name="Text">The text; null for a call.</param>
/// <param name="Call">The conversation; null for a text and for a call that nobody answers.</param>
internal sealed record StoryMoment(TimeSpan At, string Name, StoryText? Text = null, CallScript? Call = null);

/// <summary>
/// How one buyer becomes a lead, over several days: an unknown caller whom nobody answers, texts, a second call, documents, the decision to
/// buy, and the end of all contact.
/// </summary>
internal static class SalesStory
{
    public static readonly IReadOnlyList<StoryMoment> Moments =
    [
        new(Time(0, 9, 40), "missed-call"),
        new(Time(0, 10, 10), "first-text", Text: "Hi, I just tried to call you. Is the {vehicle} from your ad still available?"),
        new(Time(0, 10, 12), "callback-request", Text: "I'm at work now, please call me tomorrow at 10am"),
        new(Time(1, 10, 0), "second-call", Call: SecondCall.Script),
        new(Time(2, 12, 30), "documents", Text: new StoryText("Here are my pay stubs and the light bill", Media: 2)),
        new(Time(3, 17, 20), "decision", Text: "Ok I'll take it! Can I come in and sign the papers Saturday at 10?"),
        new(Time(8, 11, 0), "stop", Text: "I already bought a car somewhere else. Please stop texting me."),
    ];

    /// <summary>The length of the story on its own clock.</summary>
    public static TimeSpan Length => Moments[^1].At;

    private static TimeSpan Time(int day, int hour, int minute) => new(day, hour, minute, 0);
}

/// <summary>The clock of a story: it began at a real time, and a day of the story takes a real time of its own.</summary>
/// <param name="BeganAt">The real time of the story's first midnight.</param>
/// <param name="Day">The real time that a day of the story takes.</param>
internal sealed record StoryClock(DateTimeOffset BeganAt, TimeSpan Day)
{
    /// <summary>Returns the real time from the story's beginning to a moment.</summary>
    public TimeSpan ToReal(TimeSpan storyTime) => storyTime * (Day / TimeSpan.FromDays(1));

    /// <summary>Returns the real time of a moment.</summary>
    public DateTimeOffset TimeOf(TimeSpan storyTime) => BeganAt + ToReal(storyTime);
}
