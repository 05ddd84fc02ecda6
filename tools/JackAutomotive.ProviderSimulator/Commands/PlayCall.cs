using System.ComponentModel.DataAnnotations;
using JackAutomotive.ProviderSimulator.ElevenLabs;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;
using JackAutomotive.ProviderSimulator.Twilio;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>A call between a customer and the voice agent has just ended.</summary>
internal sealed record PlayCallRequest : ICommandRequest, IValidatableObject
{
    /// <summary>The customer's number, in E.164; null takes an invented customer.</summary>
    [RegularExpression(PhoneNumbers.Pattern, ErrorMessage = "Must be in E.164, such as +12025550123.")]
    public string? From { get; init; }

    /// <summary>Which conversation, by name; null is chance.</summary>
    public string? Scenario { get; init; }

    /// <summary>The lead that the agent knew the customer as; null if it knew nobody.</summary>
    [StringLength(100)]
    public string? LeadId { get; init; }

    /// <summary>Whether Twilio tells of the call too: its statuses and its recording, before ElevenLabs' webhook.</summary>
    public bool Callbacks { get; init; }

    /// <summary>How often the same webhook is posted; all at once.</summary>
    [Range(1, 1000)]
    public int Copies { get; init; } = 1;

    /// <summary>Makes the same call again; null is chance.</summary>
    public int? Seed { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Scenario is not null && CallScripts.Find(Scenario) is null)
        {
            yield return new ValidationResult($"Must be one of {CallScripts.Names}.", [nameof(Scenario)]);
        }
    }
}

/// <summary>Posts ElevenLabs' webhook for a finished call and, if wanted, Twilio's callbacks for it.</summary>
internal sealed class PlayCall(
    ElevenLabsWebhooks webhooks, TwilioWebhooks twilioWebhooks, IOptions<ElevenLabsOptions> elevenLabs, IOptions<TwilioOptions> twilio,
    TimeProvider time)
{
    public const string Name = "play-call";

    /// <exception cref="SettingMissingException">There is no secret to sign with.</exception>
    public async Task<CommandResult> RunAsync(PlayCallRequest request, CancellationToken cancellationToken)
    {
        using var activity = SimulatorTelemetry.Source.StartActivity(Name);
        var started = time.GetTimestamp();
        var seed = request.Seed ?? Random.Shared.Next();
        var random = new Random(seed);
        var person = People.Invent(random, request.From);
        var script = request.Scenario is null ? random.Pick(CallScripts.All) : CallScripts.Find(request.Scenario)!;
        var endedAt = time.GetUtcNow();
        var call = PostCall.Create(
            script, person, random, endedAt, elevenLabs.Value.AgentId, twilio.Value.PhoneNumber, request.LeadId);

        activity?.SetTag("jackautomotive.conversation.id", call.ConversationId);
        activity?.SetTag("jackautomotive.scenario", script.Name);
        _ = elevenLabs.Value.SigningSecret;
        var deliveries = new List<Delivery>();
        if (request.Callbacks)
        {
            var telephone = new TelephoneCall(
                call.CallSid, call.Customer, twilio.Value.PhoneNumber, script.Direction == CallDirection.Inbound, script.CallResult,
                endedAt, call.DurationSeconds);
            foreach (var callback in telephone.Callbacks(random))
            {
                deliveries.Add(await twilioWebhooks.PostAsync(callback, random.Guid(), cancellationToken));
            }
        }

        deliveries.AddRange(await Task.WhenAll(
            Enumerable.Range(0, request.Copies).Select(_ => webhooks.PostAsync(call, cancellationToken))));
        return CommandResult.Of(Name, seed, time.GetElapsedTime(started), deliveries);
    }

    /// <summary>POST /commands/play-call</summary>
    internal static async Task<IResult> Handle(PlayCallRequest? request, PlayCall command, CancellationToken cancellationToken) =>
        Problems.RefusedUnlessAccepted(await command.RunAsync(request ?? new PlayCallRequest(), cancellationToken));
}
