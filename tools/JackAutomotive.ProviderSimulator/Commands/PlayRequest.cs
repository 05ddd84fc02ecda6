using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using JackAutomotive.ProviderSimulator.Posting;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>The options of every command that plays a story: the faults of its deliveries and the seed of all random choices.</summary>
internal abstract record PlayRequest : ICommandRequest
{
    /// <summary>Number of times that each webhook is posted, as after a lost answer. All copies are posted at once.</summary>
    [Range(1, 1000)]
    public int Repeat { get; init; } = 1;

    /// <summary>True posts the webhooks in another order than the order of events.</summary>
    public bool Shuffle { get; init; }

    /// <summary>Maximum random delay of each webhook, in milliseconds.</summary>
    [Range(0, 60_000)]
    public int Delay { get; init; }

    /// <summary>
    /// Percentage of webhooks that a corrupt copy precedes. The target must reject the copy: one byte of its body is changed, its secret
    /// is wrong, its signature is stale, or its header is missing.
    /// </summary>
    [Range(0, 100)]
    public int Corrupt { get; init; }

    /// <summary>Repeats the same story and the same faults; null picks a random seed.</summary>
    public int? Seed { get; init; }

    [JsonIgnore]
    public Faults Faults => new(Repeat, Shuffle, Delay, Corrupt);
}
