using System.CommandLine;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>The options of every command that plays, for a terminal; see <see cref="PlayRequest"/>.</summary>
internal sealed class FaultOptions(PlayRequest defaults)
{
    private readonly Option<int> _repeat = new("--repeat")
    {
        Description = "How often each webhook is posted, all at once",
        DefaultValueFactory = _ => defaults.Repeat,
    };

    private readonly Option<bool> _shuffle = new("--shuffle")
    {
        Description = "They come in another order than things happened",
        DefaultValueFactory = _ => defaults.Shuffle,
    };

    private readonly Option<int> _delay = new("--delay")
    {
        Description = "How many milliseconds each is held back at most",
        DefaultValueFactory = _ => defaults.Delay,
    };

    private readonly Option<int> _corrupt = new("--corrupt")
    {
        Description = "Of how many in a hundred a corrupt copy goes ahead, to be refused",
        DefaultValueFactory = _ => defaults.Corrupt,
    };

    private readonly Option<int?> _seed = new("--seed") { Description = "The same seed makes the same ids, words and faults" };

    public IReadOnlyList<Option> All => [_repeat, _shuffle, _delay, _corrupt, _seed];

    /// <summary>The same request with what was said about faults.</summary>
    public PlayRequest AddTo(PlayRequest request, ParseResult parsed) => request with
    {
        Repeat = parsed.GetValue(_repeat),
        Shuffle = parsed.GetValue(_shuffle),
        Delay = parsed.GetValue(_delay),
        Corrupt = parsed.GetValue(_corrupt),
        Seed = parsed.GetValue(_seed),
    };
}
