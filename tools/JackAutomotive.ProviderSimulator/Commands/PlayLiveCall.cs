using System.ComponentModel.DataAnnotations;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>A call between a customer and the voice agent, from the first ring to the transcript.</summary>
internal sealed record PlayLiveCallRequest : PlayRequest, IValidatableObject
{
    /// <summary>The customer's number, in E.164; null invents a customer.</summary>
    [RegularExpression(PhoneNumbers.Pattern, ErrorMessage = "Must be in E.164, such as +12025550123.")]
    public string? From { get; init; }

    /// <summary>The conversation's name; null picks any inbound call.</summary>
    public string? Scenario { get; init; }

    /// <summary>The call's duration in seconds; 0 posts as fast as possible.</summary>
    [Range(0.0, 600.0)]
    public double Seconds { get; init; } = 10;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Scenario is not null && CallScripts.Find(Scenario) is null)
        {
            yield return new ValidationResult($"Must be one of {CallScripts.Names}.", [nameof(Scenario)]);
        }
    }
}

/// <summary>
/// Posts all webhooks of one call in sequence: the call initiation (if the call is inbound), the live events, the transcript and Twilio's
/// callbacks.
/// </summary>
internal sealed class PlayLiveCall(CallStory stories, Courier courier, TimeProvider time)
{
    public const string Name = "play-live-call";

    /// <exception cref="SettingMissingException">A secret is missing.</exception>
    public async Task<CommandResult> RunAsync(PlayLiveCallRequest request, CancellationToken cancellationToken)
    {
        using var activity = SimulatorTelemetry.Source.StartActivity(Name);
        var started = time.GetTimestamp();
        var seed = request.Seed ?? Random.Shared.Next();
        var random = new Random(seed);
        var person = People.Invent(random, request.From);
        var script = request.Scenario is null
            ? random.Pick([.. CallScripts.All.Where(script => script.Direction == CallDirection.Inbound)])
            : CallScripts.Find(request.Scenario)!;
        var endedAt = time.GetUtcNow();
        var call = stories.Finish(script, person, random, endedAt);
        activity?.SetTag("jackautomotive.conversation.id", call.ConversationId);
        activity?.SetTag("jackautomotive.scenario", script.Name);
        stories.RequireSecrets();

        var speed = request.Seconds / Math.Max(call.DurationSeconds, 1);
        StoryStep[] story =
        [
            .. stories.ConversationWebhooks(script, call).Select(step => step with { At = step.At * speed }),
            .. stories.Callbacks(script, call, endedAt, random).Select(
                webhook => new StoryStep(TimeSpan.FromSeconds(request.Seconds), webhook)),
        ];
        var deliveries = await courier.PostInOrderAsync(story, request.Faults, seed, cancellationToken);
        return CommandResult.Of(Name, seed, time.GetElapsedTime(started), deliveries);
    }

    /// <summary>POST /commands/play-live-call</summary>
    internal static async Task<IResult> Handle(PlayLiveCallRequest? request, PlayLiveCall command, CancellationToken cancellationToken) =>
        Problems.ResultOrProblem(await command.RunAsync(request ?? new PlayLiveCallRequest(), cancellationToken));
}
