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
using JackAutomotive.WebhookApi.Profiles;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>The webhook that ElevenLabs sends after a call: the transcript, the audio, or the failure to establish the call.</summary>
internal static class PostCall
{
    private const int Megabyte = 1024 * 1024;

    /// <summary>Half an hour of audio takes 40 MB in base64. An envelope contains no audio, so only a long transcript makes it large.</summary>
    public static readonly WebhookEndpoint Endpoint = new(
        "elevenlabs",
        Topics.ElevenLabsPostCall,
        ElevenLabsOptions.PostCallSecretSetting,
        MaxBodyBytes: Megabyte,
        new LargeBodyLimits(MaxRawBytes: 256 * Megabyte, MaxEnvelopeBytes: 16 * Megabyte));

    /// <summary>
    /// Identifies one event per type, conversation and event time, so a repeated analysis is a separate event. The bytes of an
    /// unreadable body identify it, so that the inbox can store it for an operator.
    /// </summary>
    public static DeliveryIdentity Identify(VerifiedWebhook webhook)
    {
        if (PostCallHead.TryParse(webhook.Body.Bytes) is { Type: { } type, ConversationId: { } conversationId } head)
        {
            var key = DeliveryKind.FromPostCallType(type).BuildKey($"{conversationId}:{head.EventTimestamp ?? "-"}");
            return new(key, OrderingKeys.ForConversation(conversationId));
        }

        return new(webhook.BodyIdentity, OrderingKeys.ForConversation(webhook.BodyIdentity));
    }
}

/// <summary>Stores an ended call with its transcript and assigns it to its lead; passes the other types to their handlers.</summary>
internal sealed class PostCallHandler(
    LeadMatcher matcher,
    ConversationStore conversations,
    LiveConversations liveConversations,
    PostCallAudio audioHandler,
    CallInitiationFailure failureHandler,
    IOptions<ElevenLabsOptions> options) : IDeliveryHandler
{
    /// <inheritdoc/>
    public async Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
    {
        var payload = PostCallPayload.Parse(delivery.Body);
        return payload switch
        {
            { Type: not (PostCallPayload.Transcription or PostCallPayload.Audio or PostCallPayload.InitiationFailure) } =>
                DeliveryResult.Unroutable($"post-call webhooks of type '{payload.Type}' are stored, but not handled yet"),
            { AgentId: var agent } when options.Value.FindUnroutableReason(agent) is { } reason => DeliveryResult.Unroutable(reason),
            { ConversationId: null } => DeliveryResult.Malformed("data.conversation_id is missing"),
            { Type: PostCallPayload.Audio } => await audioHandler.HandleAsync(delivery, payload, work, cancellationToken),
            { Type: PostCallPayload.InitiationFailure } => await failureHandler.HandleAsync(delivery, payload, work, cancellationToken),
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
            return DeliveryResult.Done; // This analysis or a newer one is stored already.
        }

        var match = await matcher.FindOrCreateAsync(work, GetClues(payload), cancellationToken);
        if (match.IsNew)
        {
            LeadEvents.RaiseCreated(work, match.Lead, match.Phone, "voice", analysedAt);
        }

        var conversation = CreateConversation(payload, match, analysedAt, (stored?.Revision ?? 0) + 1);
        await liveConversations.AssignLeadAsync(work, payload.ConversationId, payload.CallSid, match.Lead, analysedAt, cancellationToken);
        await CallStore.AssignLeadAndRaiseStatusAsync(work, payload.CallSid, match.Lead, cancellationToken);
        await RecordingStore.AnnounceAsync(work, payload.CallSid, match.Lead, analysedAt, cancellationToken);
        await liveConversations.FinishAsync(work, payload.ConversationId!, analysedAt, cancellationToken);
        await ConversationAudioStore.AnnounceAsync(work, payload.ConversationId!, match.Lead, analysedAt, cancellationToken);
        var turnsChanged = await conversations.SaveAsync(work, conversation, cancellationToken);

        if (turnsChanged)
        {
            RaiseTranscriptAdded(work, conversation);
        }

        RaiseSummary(work, conversation);
        await ProfileStore.ReplaceAsync(
            work, match.Lead, conversation.ConversationId, ReadStatements(payload, conversation), cancellationToken);
        return DeliveryResult.Done;
    }

    // The values are as old as the conversation, not as the analysis: a repeated analysis of an old call is no newer statement.
    private static IReadOnlyList<StatedValue> ReadStatements(PostCallPayload payload, Conversation conversation)
    {
        var saidAt = conversation.StartedAt ?? conversation.AnalysedAt;
        var collected = CollectedData.Read(payload.Collected, conversation.ConversationId, saidAt);
        var turns = payload.Turns?.Select(turn => new SpokenTurn(turn.Role == "user", turn.Message)).ToList() ?? [];
        return [.. collected, .. TranscriptExtraction.Read(turns, conversation.ConversationId, saidAt)];
    }

    private static LeadClues GetClues(PostCallPayload payload) =>
        new([payload.LeadId, payload.UserId], payload.ConversationId, payload.CallSid, payload.ExternalNumber);

    private static Conversation CreateConversation(PostCallPayload payload, LeadMatch match, DateTimeOffset analysedAt, int revision) => new(
        payload.ConversationId!,
        match.Lead,
        match.MatchedBy,
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
