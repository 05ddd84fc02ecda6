using JackAutomotive.ProviderSimulator.ElevenLabs;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;
using JackAutomotive.ProviderSimulator.Twilio;
using JackAutomotive.ProviderSimulator.Twilio.Api;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>Builds the webhooks of one call, from the first ring to the audio.</summary>
internal sealed class CallStory(
    ElevenLabsWebhooks elevenLabsWebhooks, TwilioWebhooks twilioWebhooks, TwilioAccount account, IOptions<ElevenLabsOptions> elevenLabs,
    IOptions<TwilioOptions> twilio)
{
    private string AgentId => elevenLabs.Value.AgentId;

    private string Number => twilio.Value.PhoneNumber;

    /// <summary>Throws if a setting is missing, so that a story does not stop halfway.</summary>
    /// <exception cref="SettingMissingException">A secret is missing.</exception>
    public void RequireSecrets() =>
        _ = (twilio.Value.SigningToken, elevenLabs.Value.SigningSecret, elevenLabs.Value.LiveSecret, elevenLabs.Value.InitiationSecret);

    /// <summary>Creates the finished call. Its ids come from <paramref name="random"/>.</summary>
    public FinishedCall Finish(
        CallScript script, Person person, Random random, DateTimeOffset endedAt, string? leadId = null, AcceptedCall? accepted = null) =>
        PostCall.Create(script, person, random, endedAt, accepted?.AgentId ?? AgentId, Number, leadId, accepted);

    /// <summary>
    /// Builds the webhooks from the ring to the transcript: the call initiation of an inbound call, the live events and the transcript.
    /// </summary>
    public IEnumerable<StoryStep> ConversationWebhooks(CallScript script, FinishedCall call)
    {
        if (script.Direction == CallDirection.Inbound)
        {
            yield return new StoryStep(TimeSpan.Zero, elevenLabsWebhooks.CallInitiation(call, Number));
        }

        foreach (var liveEvent in LiveCall.EventsOf(call))
        {
            yield return new StoryStep(liveEvent.At, elevenLabsWebhooks.Of(liveEvent));
        }

        yield return new StoryStep(TimeSpan.FromSeconds(call.DurationSeconds), Transcript(call));
    }

    /// <summary>Builds the webhook with the transcript.</summary>
    public Webhook Transcript(FinishedCall call) => elevenLabsWebhooks.Of(call);

    /// <summary>
    /// Builds Twilio's callbacks for the telephone call: its statuses and its recording. Twilio's API knows both afterwards.
    /// </summary>
    public IEnumerable<Webhook> Callbacks(CallScript script, FinishedCall call, DateTimeOffset endedAt, Random random)
    {
        var isInbound = script.Direction == CallDirection.Inbound;
        var telephone = new TelephoneCall(
            call.CallSid, call.Customer, Number, isInbound, script.CallResult, endedAt, call.DurationSeconds);
        var callbacks = telephone.Callbacks(random);
        account.Add(telephone, callbacks);
        return callbacks.Select(callback => twilioWebhooks.Of(callback, random.Guid()));
    }

    /// <summary>Builds the webhook of one of Twilio's callbacks.</summary>
    public Webhook Callback(TwilioCallback callback, Random random) => twilioWebhooks.Of(callback, random.Guid());

    /// <summary>Builds the webhook with the audio, about <paramref name="megabytes"/> megabytes long.</summary>
    public Webhook Audio(FinishedCall call, DateTimeOffset endedAt, Random random, double megabytes) =>
        elevenLabsWebhooks.Of(PostCallEvent.Audio(call, AgentId, endedAt, random.Next(), megabytes));

    /// <summary>Builds the webhook of a call that failed before it started.</summary>
    public Webhook Failure(Person person, Random random, DateTimeOffset at, string reason, AcceptedCall? accepted = null) =>
        elevenLabsWebhooks.Of(
            PostCallEvent.Failure(person, random, at, accepted?.AgentId ?? AgentId, Number, reason, accepted));

    /// <summary>Builds a webhook of a type that no receiver knows.</summary>
    public Webhook Unknown(Person person, Random random, DateTimeOffset at) =>
        elevenLabsWebhooks.Of(PostCallEvent.Unknown(person, random, at, AgentId));
}
