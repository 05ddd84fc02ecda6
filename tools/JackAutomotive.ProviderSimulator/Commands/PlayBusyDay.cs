using System.ComponentModel.DataAnnotations;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>Many customers text and call in the course of a day, which passes in seconds.</summary>
internal record PlayBusyDayRequest : PlayRequest
{
    /// <summary>How many calls end in that day.</summary>
    [Range(0, 10_000)]
    public int Calls { get; init; } = 10;

    /// <summary>How many texts arrive.</summary>
    [Range(0, 10_000)]
    public int Texts { get; init; } = 30;

    /// <summary>How many seconds the day takes; 0 posts as fast as it goes.</summary>
    [Range(0, 3600)]
    public double Seconds { get; init; } = 5;

    /// <summary>
    /// Whether all is told that the providers can tell: calls from the first ring to their audio, replies on their way, a call that
    /// failed, and a webhook of an unknown type; else a webhook for each text and each call.
    /// </summary>
    public bool Everything { get; init; }
}

/// <summary>Posts the webhooks of a whole day, each as a trace of its own.</summary>
internal sealed class PlayBusyDay(DayStory days, CallStory calls, Courier courier, TimeProvider time)
{
    public const string Name = "play-busy-day";

    /// <exception cref="SettingMissingException">There is a secret missing to sign with.</exception>
    public Task<CommandResult> RunAsync(PlayBusyDayRequest request, CancellationToken cancellationToken) =>
        RunAsync(Name, request, cancellationToken);

    /// <summary>Does so in another command's name.</summary>
    /// <exception cref="SettingMissingException">There is a secret missing to sign with.</exception>
    public async Task<CommandResult> RunAsync(string name, PlayBusyDayRequest request, CancellationToken cancellationToken)
    {
        using var activity = SimulatorTelemetry.Source.StartActivity(name);
        var started = time.GetTimestamp();
        var seed = request.Seed ?? Random.Shared.Next();
        activity?.SetTag("jackautomotive.seed", seed);
        calls.RequireSecrets();

        var day = BusyDay.Plan(seed, request.Calls, request.Texts);
        var length = TimeSpan.FromSeconds(request.Seconds);
        var story = request.Everything ? days.Everything(day, seed, length) : days.Contacts(day, length);
        var deliveries = await courier.SideBySideAsync(story, request.Faults, seed, cancellationToken);
        return CommandResult.Of(name, seed, time.GetElapsedTime(started), deliveries);
    }

    /// <summary>POST /commands/play-busy-day</summary>
    internal static async Task<IResult> Handle(PlayBusyDayRequest? request, PlayBusyDay command, CancellationToken cancellationToken) =>
        Problems.UnlessAsItShouldBe(await command.RunAsync(request ?? new PlayBusyDayRequest(), cancellationToken));
}
