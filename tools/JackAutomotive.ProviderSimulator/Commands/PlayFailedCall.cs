using System.ComponentModel.DataAnnotations;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>The voice agent tries to call a customer, and the call fails.</summary>
internal sealed record PlayFailedCallRequest : PlayRequest
{
    /// <summary>The customer's number, in E.164; null invents a customer.</summary>
    [RegularExpression(PhoneNumbers.Pattern, ErrorMessage = "Must be in E.164, such as +12025550123.")]
    public string? From { get; init; }

    /// <summary>The reason: busy, no-answer or unknown.</summary>
    [RegularExpression("busy|no-answer|unknown", ErrorMessage = "Must be busy, no-answer or unknown.")]
    public string Reason { get; init; } = "no-answer";
}

/// <summary>Posts ElevenLabs' webhook for a call that failed.</summary>
internal sealed class PlayFailedCall(CallStory stories, Courier courier, TimeProvider time)
{
    public const string Name = "play-failed-call";

    /// <exception cref="SettingMissingException">The signing secret is missing.</exception>
    public async Task<CommandResult> RunAsync(PlayFailedCallRequest request, CancellationToken cancellationToken)
    {
        using var activity = SimulatorTelemetry.Source.StartActivity(Name);
        var started = time.GetTimestamp();
        var seed = request.Seed ?? Random.Shared.Next();
        var random = new Random(seed);
        var failure = stories.Failure(People.Invent(random, request.From), random, time.GetUtcNow(), request.Reason);
        var deliveries = await courier.PostInOrderAsync([new(TimeSpan.Zero, failure)], request.Faults, seed, cancellationToken);
        return CommandResult.Of(Name, seed, time.GetElapsedTime(started), deliveries);
    }

    /// <summary>POST /commands/play-failed-call</summary>
    internal static async Task<IResult> Handle(
        PlayFailedCallRequest? request, PlayFailedCall command, CancellationToken cancellationToken) =>
        Problems.ResultOrProblem(await command.RunAsync(request ?? new PlayFailedCallRequest(), cancellationToken));
}
