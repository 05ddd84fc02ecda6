using System.CommandLine;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>The fault options of every command that plays a story; see <see cref="PlayRequest"/>.</summary>
internal sealed class FaultOptions(PlayRequest defaults)
{
    private readonly Option<int> _repeat = new("--repeat")
    {
        Description = "Number of times that each webhook is posted, all copies at once",
        DefaultValueFactory = _ => defaults.Repeat,
    };

    private readonly Option<bool> _shuffle = new("--shuffle")
    {
        Description = "Posts the webhooks in another order than the order of events",
        DefaultValueFactory = _ => defaults.Shuffle,
    };

    private readonly Option<int> _delay = new("--delay")
    {
        Description = "Maximum random delay of each webhook in milliseconds",
        DefaultValueFactory = _ => defaults.Delay,
    };

    private readonly Option<int> _corrupt = new("--corrupt")
    {
        Description = "Percentage of webhooks that a corrupt copy precedes; the target must reject the copy",
        DefaultValueFactory = _ => defaults.Corrupt,
    };

    private readonly Option<int?> _seed = new("--seed") { Description = "The same seed creates the same ids, words and faults" };

    public IReadOnlyList<Option> All => [_repeat, _shuffle, _delay, _corrupt, _seed];

    /// <summary>Returns the request with the values of the fault options.</summary>
    public PlayRequest AddTo(PlayRequest request, ParseResult parsed) => request with
    {
        Repeat = parsed.GetValue(_repeat),
        Shuffle = parsed.GetValue(_shuffle),
        Delay = parsed.GetValue(_delay),
        Corrupt = parsed.GetValue(_corrupt),
        Seed = parsed.GetValue(_seed),
    };
}
