using System.ComponentModel.DataAnnotations;
using JackAutomotive.ProviderSimulator.ElevenLabs;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;
using JackAutomotive.ProviderSimulator.Twilio;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>A call between a customer and the voice agent is held, from the first ring to the transcript.</summary>
internal sealed record PlayLiveCallRequest : ICommandRequest, IValidatableObject
{
    /// <summary>The customer's number, in E.164; null takes an invented customer.</summary>
    [RegularExpression(PhoneNumbers.Pattern, ErrorMessage = "Must be in E.164, such as +12025550123.")]
    public string? From { get; init; }

    /// <summary>Which conversation, by name; null is any that a customer begins.</summary>
    public string? Scenario { get; init; }

    /// <summary>How long the call takes; 0: as fast as it goes.</summary>
    [Range(0.0, 600.0)]
    public double Seconds { get; init; } = 10;

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

/// <summary>
/// Posts all that is told of one call, one after the other: who calls (if the customer does), what is said, the end, the transcript, and
/// what Twilio tells.
/// </summary>
internal sealed class PlayLiveCall(
    ElevenLabsWebhooks webhooks, TwilioWebhooks twilioWebhooks, IOptions<ElevenLabsOptions> elevenLabs, IOptions<TwilioOptions> twilio,
    TimeProvider time)
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
        var isInbound = script.Direction == CallDirection.Inbound;
        var (agentId, number, endedAt) = (elevenLabs.Value.AgentId, twilio.Value.PhoneNumber, time.GetUtcNow());
        var call = PostCall.Create(script, person, random, endedAt, agentId, number, leadId: null);
        activity?.SetTag("jackautomotive.conversation.id", call.ConversationId);
        activity?.SetTag("jackautomotive.scenario", script.Name);

        // All at once, so that a call is not broken off halfway.
        _ = (twilio.Value.SigningToken, elevenLabs.Value.SigningSecret, elevenLabs.Value.LiveSecret, elevenLabs.Value.CallerSecret);

        var deliveries = new List<Delivery>();
        if (isInbound)
        {
            deliveries.Add(await webhooks.AskWhoCallsAsync(call, number, cancellationToken));
        }

        var speed = request.Seconds / Math.Max(call.DurationSeconds, 1);
        foreach (var told in LiveCall.EventsOf(call))
        {
            var wait = (told.At * speed) - time.GetElapsedTime(started);
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, cancellationToken);
            }

            deliveries.Add(await webhooks.PostAsync(told, cancellationToken));
        }

        deliveries.Add(await webhooks.PostAsync(call, cancellationToken));
        var telephone = new TelephoneCall(
            call.CallSid, call.Customer, number, isInbound, script.CallResult, endedAt, call.DurationSeconds);
        foreach (var callback in telephone.Callbacks(random))
        {
            deliveries.Add(await twilioWebhooks.PostAsync(callback, random.Guid(), cancellationToken));
        }

        return CommandResult.Of(Name, seed, time.GetElapsedTime(started), deliveries);
    }

    /// <summary>POST /commands/play-live-call</summary>
    internal static async Task<IResult> Handle(PlayLiveCallRequest? request, PlayLiveCall command, CancellationToken cancellationToken) =>
        Problems.RefusedUnlessAccepted(await command.RunAsync(request ?? new PlayLiveCallRequest(), cancellationToken));
}
