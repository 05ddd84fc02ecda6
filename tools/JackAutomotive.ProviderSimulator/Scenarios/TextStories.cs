namespace JackAutomotive.ProviderSimulator.Scenarios;

/// <summary>The stories that customers text. The texts have the same gaps as call scripts; see <see cref="Person.Fill"/>.</summary>
internal static class TextStories
{
    public static readonly IReadOnlyList<TextStory> All =
    [
        new("new-buyer",
        [
            "Hi! Is the {vehicle} from your ad still there?",
            "Great. I can do about ${budget} a month, would that work?",
            "It's {name} btw 🙂 email is {email}",
            "I get off work at 5, call me after that",
        ]),
        new("trade-in",
        [
            "What's a {trade} worth with 94k miles?",
            new("Here are the pictures you asked for", Media: 2),
            "Ok, and what would that make the payment on a {vehicle}?",
        ]),
        new("credit-challenged",
        [
            "can i get financed with bad credit? {score}",
            "I work at {employer}, {years} yrs, make {income}/mo",
            "where do i send the paystubs",
        ]),
        new("angry-customer",
        [
            "Third time I'm asking. WHERE is my paperwork??",
            "Nobody called. Again.",
            "Have a manager call me today or I'm done with you people",
        ]),
        new("appointment",
        [
            "Can I come see the {vehicle} Saturday?",
            "10:30 works, see you then",
            "Running 10 min late, sorry!",
        ]),
        new("wrong-number", ["Wrong number, I'm not {first} and I'm not buying a car", "STOP"]),
        new("voicemail", ["Missed your call, what's up?", "Español por favor, ¿puede llamarme mañana?"]),
    ];
}

/// <summary>The texts of one customer.</summary>
/// <param name="Name">The name of the call script that tells the same story.</param>
/// <param name="Texts">The texts in order.</param>
internal sealed record TextStory(string Name, IReadOnlyList<StoryText> Texts);

/// <summary>One text of a story.</summary>
/// <param name="Body">The words of the text.</param>
/// <param name="Media">Number of pictures in the message.</param>
internal sealed record StoryText(string Body, int Media = 0)
{
    public static implicit operator StoryText(string body) => new(body);
}
