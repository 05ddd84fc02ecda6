using System.ComponentModel.DataAnnotations;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>A day on which many customers text and call, compressed into seconds.</summary>
internal record PlayBusyDayRequest : PlayRequest
{
    /// <summary>Number of calls that end on that day.</summary>
    [Range(0, 10_000)]
    public int Calls { get; init; } = 10;

    /// <summary>Number of texts that arrive.</summary>
    [Range(0, 10_000)]
    public int Texts { get; init; } = 30;

    /// <summary>The day's duration in seconds; 0 posts as fast as possible.</summary>
    [Range(0, 3600)]
    public double Seconds { get; init; } = 5;

    /// <summary>
    /// True posts every webhook that the providers send: calls from the first ring to the audio, the statuses of replies, a failed call,
    /// and a webhook of an unknown type. False posts one webhook for each text and each call.
    /// </summary>
    public bool Everything { get; init; }
}

/// <summary>Posts the webhooks of a whole day, each in its own trace.</summary>
internal sealed class PlayBusyDay(DayStory days, CallStory calls, Courier courier, TimeProvider time)
{
    public const string Name = "play-busy-day";

    /// <exception cref="SettingMissingException">A secret is missing.</exception>
    public Task<CommandResult> RunAsync(PlayBusyDayRequest request, CancellationToken cancellationToken) =>
        RunAsync(Name, request, cancellationToken);

    /// <summary>Plays a day under the name of another command.</summary>
    /// <exception cref="SettingMissingException">A secret is missing.</exception>
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
        var deliveries = await courier.PostConcurrentlyAsync(story, request.Faults, seed, cancellationToken);
        return CommandResult.Of(name, seed, time.GetElapsedTime(started), deliveries);
    }

    /// <summary>POST /commands/play-busy-day</summary>
    internal static async Task<IResult> Handle(PlayBusyDayRequest? request, PlayBusyDay command, CancellationToken cancellationToken) =>
        Problems.ResultOrProblem(await command.RunAsync(request ?? new PlayBusyDayRequest(), cancellationToken));
}
