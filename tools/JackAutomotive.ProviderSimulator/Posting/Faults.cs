namespace JackAutomotive.ProviderSimulator.Posting;

/// <summary>The faults of a story's deliveries. A seed decides every fault before the first post.</summary>
/// <param name="Repeat">Number of times that each webhook is posted, all copies at once; 1 means no repetition.</param>
/// <param name="Shuffle">True posts the webhooks in another order.</param>
/// <param name="DelayMs">Maximum random delay of each webhook, in milliseconds.</param>
/// <param name="CorruptPercent">Percentage of webhooks that a corrupt copy precedes.</param>
internal sealed record Faults(int Repeat, bool Shuffle, int DelayMs, int CorruptPercent)
{
    public static readonly Faults None = new(1, false, 0, 0);

    /// <summary>True if the deliveries have any fault.</summary>
    public bool Any => this != None;

    /// <summary>
    /// Plans the posts of a story. The plan contains each webhook once, with <see cref="Repeat"/> sound copies.
    /// </summary>
    /// <param name="story">The possible flaws of each webhook, in the story's order.</param>
    /// <param name="seed">The same seed gives the same plan.</param>
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

/// <summary>The plan for one webhook.</summary>
/// <param name="Webhook">The webhook's index in the story.</param>
/// <param name="Delay">The delay after the due time.</param>
/// <param name="Flaw">The flaw of the corrupt copy that is posted first; null without a corrupt copy.</param>
/// <param name="Copies">Number of sound copies.</param>
internal sealed record PlannedPost(int Webhook, TimeSpan Delay, Flaw? Flaw, int Copies);
