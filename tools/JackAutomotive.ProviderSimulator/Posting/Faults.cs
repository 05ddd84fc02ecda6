namespace JackAutomotive.ProviderSimulator.Posting;

/// <summary>How the deliveries of a story misbehave. All of it is decided beforehand, by a seed.</summary>
/// <param name="Repeat">How often each webhook is posted, all at once; 1 is not repeated.</param>
/// <param name="Shuffle">Whether they come in another order.</param>
/// <param name="DelayMs">How many milliseconds each is held back at most, at random.</param>
/// <param name="CorruptPercent">Of how many in a hundred a corrupt copy goes ahead.</param>
internal sealed record Faults(int Repeat, bool Shuffle, int DelayMs, int CorruptPercent)
{
    public static readonly Faults None = new(1, false, 0, 0);

    /// <summary>Whether anything goes wrong at all.</summary>
    public bool Any => this != None;

    /// <summary>
    /// Decides about a story. Every webhook of it is in the plan once, to be posted soundly <see cref="Repeat"/> times.
    /// </summary>
    /// <param name="story">The flaws that each webhook can have, in the story's order.</param>
    /// <param name="seed">The same one makes the same plan.</param>
    public IReadOnlyList<PlannedPost> Plan(IReadOnlyList<IReadOnlyList<Flaw>> story, int seed)
    {
        var random = new Random(seed);
        var plan = new PlannedPost[story.Count];
        for (var i = 0; i < plan.Length; i++)
        {
            var delay = TimeSpan.FromMilliseconds(random.Next(DelayMs + 1));
            var isCorrupted = random.Next(100) < CorruptPercent && story[i].Count > 0;
            plan[i] = new PlannedPost(i, delay, isCorrupted ? story[i][random.Next(story[i].Count)] : null, Repeat);
        }

        if (Shuffle)
        {
            random.Shuffle(plan);
        }

        return plan;
    }
}

/// <summary>What becomes of one webhook.</summary>
/// <param name="Webhook">Which one: its place in the story.</param>
/// <param name="Delay">How long it is held back after it is due.</param>
/// <param name="Flaw">What is wrong with the corrupt copy that goes ahead; null if none does.</param>
/// <param name="Copies">How often the sound one is posted.</param>
internal sealed record PlannedPost(int Webhook, TimeSpan Delay, Flaw? Flaw, int Copies);
