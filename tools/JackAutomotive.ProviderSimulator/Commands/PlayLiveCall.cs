using System.ComponentModel.DataAnnotations;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>A call between a customer and the voice agent is held, from the first ring to the transcript.</summary>
internal sealed record PlayLiveCallRequest : PlayRequest, IValidatableObject
{
    /// <summary>The customer's number, in E.164; null takes an invented customer.</summary>
    [RegularExpression(PhoneNumbers.Pattern, ErrorMessage = "Must be in E.164, such as +12025550123.")]
    public string? From { get; init; }

    /// <summary>Which conversation, by name; null is any that a customer begins.</summary>
    public string? Scenario { get; init; }

    /// <summary>How long the call takes; 0: as fast as it goes.</summary>
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
/// Posts all that is told of one call, one after the other: who calls (if the customer does), what is said, the end, the transcript, and
/// what Twilio tells.
/// </summary>
internal sealed class PlayLiveCall(CallStory stories, Courier courier, TimeProvider time)
{
    public const string Name = "play-live-call";

    /// <exception cref="SettingMissingException">There is a secret missing to sign with.</exception>
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
            .. stories.Held(script, call).Select(step => step with { At = step.At * speed }),
            .. stories.Callbacks(script, call, endedAt, random).Select(
                webhook => new StoryStep(TimeSpan.FromSeconds(request.Seconds), webhook)),
        ];
        var deliveries = await courier.InOrderAsync(story, request.Faults, seed, cancellationToken);
        return CommandResult.Of(Name, seed, time.GetElapsedTime(started), deliveries);
    }

    /// <summary>POST /commands/play-live-call</summary>
    internal static async Task<IResult> Handle(PlayLiveCallRequest? request, PlayLiveCall command, CancellationToken cancellationToken) =>
        Problems.UnlessAsItShouldBe(await command.RunAsync(request ?? new PlayLiveCallRequest(), cancellationToken));
}
