namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>A busy day on which everything is told, and everything goes wrong that can unless it is asked for otherwise.</summary>
internal sealed record PlayChaosDayRequest : PlayBusyDayRequest
{
    /// <summary>Sets what a chaotic day is like.</summary>
    public PlayChaosDayRequest()
    {
        (Calls, Texts, Everything) = (5, 20, true);
        (Repeat, Shuffle, Delay, Corrupt) = (3, true, 200, 30);
    }
}

/// <summary>Plays the day that a good receiver ends as if it had been a quiet one.</summary>
internal sealed class PlayChaosDay(PlayBusyDay day)
{
    public const string Name = "play-chaos-day";

    /// <exception cref="SettingMissingException">There is a secret missing to sign with.</exception>
    public Task<CommandResult> RunAsync(PlayChaosDayRequest request, CancellationToken cancellationToken) =>
        day.RunAsync(Name, request, cancellationToken);

    /// <summary>POST /commands/play-chaos-day</summary>
    internal static async Task<IResult> Handle(PlayChaosDayRequest? request, PlayChaosDay command, CancellationToken cancellationToken) =>
        Problems.UnlessAsItShouldBe(await command.RunAsync(request ?? new PlayChaosDayRequest(), cancellationToken));
}
