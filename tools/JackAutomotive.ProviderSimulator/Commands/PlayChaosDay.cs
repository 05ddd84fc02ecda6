namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>A busy day with every kind of webhook and, unless the caller overrides the defaults, with every fault.</summary>
internal sealed record PlayChaosDayRequest : PlayBusyDayRequest
{
    /// <summary>Sets the defaults of a chaotic day.</summary>
    public PlayChaosDayRequest()
    {
        (Calls, Texts, Everything) = (5, 20, true);
        (Repeat, Shuffle, Delay, Corrupt) = (3, true, 200, 30);
    }
}

/// <summary>Plays a day after which a correct receiver holds the same data as after the same day without faults.</summary>
internal sealed class PlayChaosDay(PlayBusyDay day)
{
    public const string Name = "play-chaos-day";

    /// <exception cref="SettingMissingException">A secret is missing.</exception>
    public Task<CommandResult> RunAsync(PlayChaosDayRequest request, CancellationToken cancellationToken) =>
        day.RunAsync(Name, request, cancellationToken);

    /// <summary>POST /commands/play-chaos-day</summary>
    internal static async Task<IResult> Handle(PlayChaosDayRequest? request, PlayChaosDay command, CancellationToken cancellationToken) =>
        Problems.ResultOrProblem(await command.RunAsync(request ?? new PlayChaosDayRequest(), cancellationToken));
}
