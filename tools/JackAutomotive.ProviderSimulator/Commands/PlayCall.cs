using System.ComponentModel.DataAnnotations;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>A call between a customer and the voice agent has just ended.</summary>
internal sealed record PlayCallRequest : PlayRequest, IValidatableObject
{
    /// <summary>The customer's number, in E.164; null invents a customer.</summary>
    [RegularExpression(PhoneNumbers.Pattern, ErrorMessage = "Must be in E.164, such as +12025550123.")]
    public string? From { get; init; }

    /// <summary>The conversation's name; null picks one at random.</summary>
    public string? Scenario { get; init; }

    /// <summary>The id of the lead that the agent recognised; null if the agent did not recognise the customer.</summary>
    [StringLength(100)]
    public string? LeadId { get; init; }

    /// <summary>True also posts Twilio's callbacks for the call, its statuses and its recording, before ElevenLabs' webhook.</summary>
    public bool Callbacks { get; init; }

    /// <summary>Length of the audio webhook that follows, in megabytes (a million bytes each); 0 posts no audio.</summary>
    [Range(0.0, 200.0)]
    public double Megabytes { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Scenario is not null && CallScripts.Find(Scenario) is null)
        {
            yield return new ValidationResult($"Must be one of {CallScripts.Names}.", [nameof(Scenario)]);
        }
    }
}

/// <summary>Posts ElevenLabs' webhook for a finished call and, if requested, Twilio's callbacks and the audio.</summary>
internal sealed class PlayCall(CallStory stories, Courier courier, TimeProvider time)
{
    public const string Name = "play-call";

    /// <exception cref="SettingMissingException">The signing secret is missing.</exception>
    public async Task<CommandResult> RunAsync(PlayCallRequest request, CancellationToken cancellationToken)
    {
        using var activity = SimulatorTelemetry.Source.StartActivity(Name);
        var started = time.GetTimestamp();
        var seed = request.Seed ?? Random.Shared.Next();
        var random = new Random(seed);
        var person = People.Invent(random, request.From);
        var script = request.Scenario is null ? random.Pick(CallScripts.All) : CallScripts.Find(request.Scenario)!;
        var endedAt = time.GetUtcNow();
        var call = stories.Finish(script, person, random, endedAt, request.LeadId);
        activity?.SetTag("jackautomotive.conversation.id", call.ConversationId);
        activity?.SetTag("jackautomotive.scenario", script.Name);

        var webhooks = new List<Webhook> { stories.Transcript(call) };
        if (request.Callbacks)
        {
            webhooks.InsertRange(0, stories.Callbacks(script, call, endedAt, random));
        }

        if (request.Megabytes > 0)
        {
            webhooks.Add(stories.Audio(call, endedAt, random, request.Megabytes));
        }

        StoryStep[] story = [.. webhooks.Select(webhook => new StoryStep(TimeSpan.Zero, webhook))];
        var deliveries = await courier.PostInOrderAsync(story, request.Faults, seed, cancellationToken);
        return CommandResult.Of(Name, seed, time.GetElapsedTime(started), deliveries);
    }

    /// <summary>POST /commands/play-call</summary>
    internal static async Task<IResult> Handle(PlayCallRequest? request, PlayCall command, CancellationToken cancellationToken) =>
        Problems.ResultOrProblem(await command.RunAsync(request ?? new PlayCallRequest(), cancellationToken));
}
