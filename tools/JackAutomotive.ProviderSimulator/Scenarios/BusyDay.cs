namespace JackAutomotive.ProviderSimulator.Scenarios;

/// <summary>One thing a customer does in the course of a day.</summary>
/// <param name="At">When, counted from the opening of the shop.</param>
/// <param name="Person">Who.</param>
/// <param name="Text">What they text, or null if they are on the telephone.</param>
/// <param name="Call">The conversation on the telephone, or null if they text.</param>
/// <param name="Seed">Seeds the ids of the message or call, so that they do not depend on what else is sent.</param>
internal sealed record Contact(TimeSpan At, Person Person, StoryText? Text, CallScript? Call, int Seed);

/// <summary>A day at the dealership: the texts and calls of many customers, mixed. The same seed gives the same day.</summary>
internal static class BusyDay
{
    /// <summary>How long the shop is open.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromHours(10);

    /// <summary>Plans a day with exactly so many calls and texts, earliest first. A customer's own texts keep their order.</summary>
    public static IReadOnlyList<Contact> Plan(int seed, int calls, int texts)
    {
        var random = new Random(seed);
        var customers = People.InventDistinct(random, Math.Clamp((calls + texts) / 3, 1, People.MostDistinct));
        var stories = customers.Select(_ => random.Pick(TextStories.All)).ToList();

        var contacts = new List<Contact>(calls + texts);
        for (var i = 0; i < calls; i++)
        {
            var customer = random.Next(customers.Count);
            var script = CallScripts.Find(stories[customer].Name);
            contacts.Add(new Contact(SomeTime(random), customers[customer], null, script, random.Next()));
        }

        for (var customer = 0; customer < customers.Count; customer++)
        {
            var share = (texts / customers.Count) + (customer < texts % customers.Count ? 1 : 0);
            var times = Enumerable.Range(0, share).Select(_ => SomeTime(random)).Order().ToList();
            for (var i = 0; i < share; i++)
            {
                var story = stories[customer].Texts;
                contacts.Add(new Contact(times[i], customers[customer], story[i % story.Count], null, random.Next()));
            }
        }

        return [.. contacts.OrderBy(contact => contact.At)];
    }

    private static TimeSpan SomeTime(Random random) => Length * random.NextDouble();
}
