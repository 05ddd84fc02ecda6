using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using JackAutomotive.ProviderSimulator.Posting;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>What every command that plays a story can be asked for: how its deliveries misbehave, and the seed of all chance.</summary>
internal abstract record PlayRequest : ICommandRequest
{
    /// <summary>How often each webhook is posted, as after a lost answer; all at once.</summary>
    [Range(1, 1000)]
    public int Repeat { get; init; } = 1;

    /// <summary>Whether the webhooks come in another order than things happened.</summary>
    public bool Shuffle { get; init; }

    /// <summary>How many milliseconds each webhook is held back at most, at random.</summary>
    [Range(0, 60_000)]
    public int Delay { get; init; }

    /// <summary>
    /// Of how many in a hundred webhooks a corrupt copy goes ahead, that must be refused: with a byte of the body turned, signed with
    /// another secret or long ago, or without the header.
    /// </summary>
    [Range(0, 100)]
    public int Corrupt { get; init; }

    /// <summary>Makes the same story and the same faults again; null is chance.</summary>
    public int? Seed { get; init; }

    [JsonIgnore]
    public Faults Faults => new(Repeat, Shuffle, Delay, Corrupt);
}
