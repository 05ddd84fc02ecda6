using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Conversations.Audio;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Identification;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Intake.LargeBodies;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>ElevenLabs tells what was said in a call that has ended.</summary>
internal static class PostCall
{
    private const int Megabyte = 1024 * 1024;

    /// <summary>Half an hour of audio takes 40 MB, base64 included; what is beside the audio is a long transcript at most.</summary>
    public static readonly WebhookEndpoint Endpoint = new(
        "elevenlabs",
        Topics.ElevenLabsPostCall,
        ElevenLabsOptions.PostCallSecretSetting,
        MaxBodyBytes: Megabyte,
        new LargeBodyLimits(MaxRawBytes: 256 * Megabyte, MaxEnvelopeBytes: 16 * Megabyte));

    /// <summary>
    /// One event for each type, conversation and time of the event: a repeated analysis is an event of its own. A body that cannot be
    /// read is signed all the same, so the inbox keeps it for a person to look at.
    /// </summary>
    public static DeliveryIdentity Identify(VerifiedWebhook webhook)
    {
        if (PostCallHead.TryParse(webhook.Body.Bytes) is { Type: { } type, ConversationId: { } conversation } head)
        {
            return new(
                DeliveryKind.PostCall(type).Key($"{conversation}:{head.EventTimestamp ?? "-"}"), OrderingKeys.Conversation(conversation));
        }

        return new(webhook.BodyIdentity, OrderingKeys.Conversation(webhook.BodyIdentity));
    }
}

/// <summary>Files a finished call with its transcript under its lead; hands the other types on.</summary>
internal sealed class PostCallHandler(
    LeadMatcher matcher,
    ConversationStore conversations,
    LiveConversations live,
    PostCallAudio audio,
    CallInitiationFailure failure,
    IOptions<ElevenLabsOptions> options) : IDeliveryHandler
{
    /// <inheritdoc/>
    public async Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
    {
        var payload = PostCallPayload.Parse(delivery.Body);
        return payload switch
        {
            { Type: not (PostCallPayload.Transcription or PostCallPayload.Audio or PostCallPayload.InitiationFailure) } =>
                DeliveryResult.Unroutable($"post-call webhooks of type '{payload.Type}' are kept, but not handled yet"),
            { AgentId: var agent } when options.Value.WhyUnroutable(agent) is { } why => DeliveryResult.Unroutable(why),
            { ConversationId: null } => DeliveryResult.Malformed("data.conversation_id is missing"),
            { Type: PostCallPayload.Audio } => await audio.HandleAsync(delivery, payload, work, cancellationToken),
            { Type: PostCallPayload.InitiationFailure } => await failure.HandleAsync(delivery, payload, work, cancellationToken),
            _ => await HandleTranscriptionAsync(delivery, payload, work, cancellationToken),
        };
    }

    private async Task<DeliveryResult> HandleTranscriptionAsync(
        InboxDelivery delivery,
        PostCallPayload payload,
        UnitOfWork work,
        CancellationToken cancellationToken)
    {
        await CallStore.LockAsync(work, payload.CallSid, cancellationToken);
        var analysedAt = payload.EventTime ?? delivery.ReceivedAt;
        var stored = await ConversationStore.FindAsync(work, payload.ConversationId!, cancellationToken);
        if (stored is not null && stored.AnalysedAt >= analysedAt)
        {
            return DeliveryResult.Done; // An older analysis that was overtaken on its way.
        }

        var match = await matcher.MatchAsync(work, CluesOf(payload), cancellationToken);
        if (match.IsNew)
        {
            LeadEvents.RaiseCreated(work, match.Lead, match.Phone, "voice", analysedAt);
        }

        var conversation = ConversationOf(payload, match, analysedAt, (stored?.Revision ?? 0) + 1);
        await live.GiveAsync(work, payload.ConversationId, payload.CallSid, match.Lead, analysedAt, cancellationToken);
        await CallStore.GiveAndTellAsync(work, payload.CallSid, match.Lead, cancellationToken);
        await RecordingStore.AnnounceAsync(work, payload.CallSid, match.Lead, analysedAt, cancellationToken);
        await live.FinishAsync(work, payload.ConversationId!, analysedAt, cancellationToken);
        await ConversationAudioStore.AnnounceAsync(work, payload.ConversationId!, match.Lead, analysedAt, cancellationToken);
        var turnsChanged = await conversations.SaveAsync(work, conversation, cancellationToken);

        if (turnsChanged)
        {
            RaiseTranscriptAdded(work, conversation);
        }

        RaiseSummary(work, conversation);
        return DeliveryResult.Done;
    }

    private static LeadClues CluesOf(PostCallPayload payload) =>
        new([payload.LeadId, payload.UserId], payload.ConversationId, payload.CallSid, payload.ExternalNumber);

    private static Conversation ConversationOf(PostCallPayload payload, LeadMatch match, DateTimeOffset analysedAt, int revision) => new(
        payload.ConversationId!,
        match.Lead,
        match.By,
        payload.AgentId,
        payload.CallSid,
        payload.Direction,
        payload.ExternalNumber,
        payload.Status,
        payload.CallResult,
        payload.StartedAt,
        payload.DurationSeconds,
        payload.TerminationReason,
        payload.CallSuccessful,
        payload.Title,
        payload.Summary,
        analysedAt,
        revision,
        payload.Turns?.Select((turn, i) => new ConversationTurn(
            i, turn.Role, turn.Message, turn.OffsetSeconds, payload.StartedAt?.AddSeconds(turn.OffsetSeconds), turn.Interrupted)).ToList());

    private static void RaiseTranscriptAdded(UnitOfWork work, Conversation conversation) =>
        work.Raise(conversation.Lead, LeadEventTypes.TranscriptAdded, conversation.AnalysedAt, new
        {
            conversation.ConversationId,
            Turns = conversation.Turns!.Count,
            conversation.Direction,
            conversation.StartedAt,
            conversation.DurationSeconds,
            conversation.Revision,
        });

    private static void RaiseSummary(UnitOfWork work, Conversation conversation) =>
        work.Raise(conversation.Lead, LeadEventTypes.PostCallSummary, conversation.AnalysedAt, new
        {
            conversation.ConversationId,
            conversation.Status,
            conversation.CallResult,
            conversation.CallSuccessful,
            conversation.Title,
            conversation.Summary,
            conversation.DurationSeconds,
            conversation.TerminationReason,
            conversation.Revision,
        });
}
