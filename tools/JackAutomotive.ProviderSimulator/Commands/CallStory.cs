using JackAutomotive.ProviderSimulator.ElevenLabs;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;
using JackAutomotive.ProviderSimulator.Twilio;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Commands;

/// <summary>The webhooks of one call, from the first ring to its audio.</summary>
internal sealed class CallStory(
    ElevenLabsWebhooks elevenLabsWebhooks, TwilioWebhooks twilioWebhooks, IOptions<ElevenLabsOptions> elevenLabs,
    IOptions<TwilioOptions> twilio)
{
    private string AgentId => elevenLabs.Value.AgentId;

    private string Number => twilio.Value.PhoneNumber;

    /// <summary>Names the setting that is missing, before a story is broken off halfway.</summary>
    /// <exception cref="SettingMissingException">There is a secret missing to sign with.</exception>
    public void RequireSecrets() =>
        _ = (twilio.Value.SigningToken, elevenLabs.Value.SigningSecret, elevenLabs.Value.LiveSecret, elevenLabs.Value.CallerSecret);

    /// <summary>The call itself; its ids come from <paramref name="random"/>.</summary>
    public FinishedCall Finish(CallScript script, Person person, Random random, DateTimeOffset endedAt, string? leadId = null) =>
        PostCall.Create(script, person, random, endedAt, AgentId, Number, leadId);

    /// <summary>What ElevenLabs and a bridge tell while it is held, and the transcript.</summary>
    public IEnumerable<StoryStep> Held(CallScript script, FinishedCall call)
    {
        if (script.Direction == CallDirection.Inbound)
        {
            yield return new StoryStep(TimeSpan.Zero, elevenLabsWebhooks.WhoCalls(call, Number));
        }

        foreach (var told in LiveCall.EventsOf(call))
        {
            yield return new StoryStep(told.At, elevenLabsWebhooks.Of(told));
        }

        yield return new StoryStep(TimeSpan.FromSeconds(call.DurationSeconds), Transcript(call));
    }

    /// <summary>The webhook with the transcript.</summary>
    public Webhook Transcript(FinishedCall call) => elevenLabsWebhooks.Of(call);

    /// <summary>What Twilio tells of the telephone call: its statuses and its recording.</summary>
    public IEnumerable<Webhook> Callbacks(CallScript script, FinishedCall call, DateTimeOffset endedAt, Random random)
    {
        var isInbound = script.Direction == CallDirection.Inbound;
        var telephone = new TelephoneCall(
            call.CallSid, call.Customer, Number, isInbound, script.CallResult, endedAt, call.DurationSeconds);
        return telephone.Callbacks(random).Select(callback => twilioWebhooks.Of(callback, random.Guid()));
    }

    /// <summary>What was spoken, in a webhook of about so many megabytes.</summary>
    public Webhook Audio(FinishedCall call, DateTimeOffset endedAt, Random random, double megabytes) =>
        elevenLabsWebhooks.Of(PostCallEvent.Audio(call, AgentId, endedAt, random.Next(), megabytes));

    /// <summary>A call that did not come about.</summary>
    public Webhook Failure(Person person, Random random, DateTimeOffset at, string reason) =>
        elevenLabsWebhooks.Of(PostCallEvent.Failure(person, random, at, AgentId, Number, reason));

    /// <summary>A webhook of a type that nobody knows.</summary>
    public Webhook Unknown(Person person, Random random, DateTimeOffset at) =>
        elevenLabsWebhooks.Of(PostCallEvent.Unknown(person, random, at, AgentId));
}
