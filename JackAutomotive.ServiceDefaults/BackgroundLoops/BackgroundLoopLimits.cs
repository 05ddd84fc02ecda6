namespace Microsoft.Extensions.Hosting;

/// <summary>When a background loop counts as stuck or failing, and how fast it tries again. The defaults suit a loop that queries Postgres.</summary>
public sealed record BackgroundLoopLimits
{
    /// <summary>The longest time from one sign of life to the next within a round. A loop that is silent for longer is stuck.</summary>
    public TimeSpan RoundLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The longest ordinary wait between two rounds. A loop that waits longer than this and <see cref="RoundLimit"/> together is stuck. Null
    /// if the loop may wait for any time, because others give it work.
    /// </summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>The delay after the first failure is about a tenth of a second. Each further failure doubles it, up to this delay.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// If true, the service cannot do its work while the loop keeps failing, so <c>/health</c> is Unhealthy. If false, it is Degraded. A dead
    /// or stuck loop makes it Unhealthy in both cases.
    /// </summary>
    public bool IsEssential { get; init; } = true;
}
