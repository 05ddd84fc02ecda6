namespace JackAutomotive.ProviderSimulator.Scenarios;

/// <summary>One text or call of a customer during a day.</summary>
/// <param name="At">The time of the contact, counted from the opening of the dealership.</param>
/// <param name="Person">The customer.</param>
/// <param name="Text">The text; null for a call.</param>
/// <param name="Call">The conversation; null for a text.</param>
/// <param name="Seed">The seed of the contact's ids, so that these ids do not depend on other contacts.</param>
internal sealed record Contact(TimeSpan At, Person Person, StoryText? Text, CallScript? Call, int Seed);

/// <summary>A day at the dealership: the texts and calls of many customers, mixed. The same seed gives the same day.</summary>
internal static class BusyDay
{
    /// <summary>How long the dealership is open.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromHours(10);

    /// <summary>Plans a day with exactly the given numbers of calls and texts, earliest first. Each customer's texts keep their order.</summary>
    public static IReadOnlyList<Contact> Plan(int seed, int calls, int texts)
    {
        var random = new Random(seed);
        var customers = People.InventDistinct(random, Math.Clamp((calls + texts) / 3, 1, People.MaxDistinct));
        var stories = customers.Select(_ => random.Pick(TextStories.All)).ToList();

        var contacts = new List<Contact>(calls + texts);
        for (var i = 0; i < calls; i++)
        {
            var customer = random.Next(customers.Count);
            var script = CallScripts.Find(stories[customer].Name);
            contacts.Add(new Contact(PickTime(random), customers[customer], null, script, random.Next()));
        }

        for (var customer = 0; customer < customers.Count; customer++)
        {
            var share = (texts / customers.Count) + (customer < texts % customers.Count ? 1 : 0);
            var times = Enumerable.Range(0, share).Select(_ => PickTime(random)).Order().ToList();
            for (var i = 0; i < share; i++)
            {
                var story = stories[customer].Texts;
                contacts.Add(new Contact(times[i], customers[customer], story[i % story.Count], null, random.Next()));
            }
        }

        return [.. contacts.OrderBy(contact => contact.At)];
    }

    private static TimeSpan PickTime(Random random) => Length * random.NextDouble();
}
