using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Analysis;
using JackAutomotive.WebhookApi.Analysis.Queue;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Conversations.Audio;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Identification;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Intake.LargeBodies;
using JackAutomotive.WebhookApi.Outbound.Jobs;
using JackAutomotive.WebhookApi.Profiles;
using JackAutomotive.WebhookApi.Providers.Twilio;
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
    /// Identifies one event per type, conversation and event time, so a repeated analysis is a separate event. The bytes of a body without a
    /// readable type or conversation identify it, so that the inbox can store it for an operator. Such a body is still ordered by its
    /// conversation if an id can be found in it, which also makes the search for deliveries find it by that id.
    /// </summary>
    public static DeliveryIdentity Identify(VerifiedWebhook webhook)
    {
        var head = PostCallHead.TryParse(webhook.Body.Bytes);
        if (head is { Type: { } type, ConversationId: { } conversationId })
        {
            var key = DeliveryKind.FromPostCallType(type).BuildKey($"{conversationId}:{head.EventTimestamp ?? "-"}");
            return new(key, OrderingKeys.ForConversation(conversationId));
        }

        var probableId = head is null ? UnreadableBody.FindConversationId(webhook.Body.Bytes.Span) : head.ConversationId;
        return new(webhook.BodyIdentity, OrderingKeys.ForConversation(probableId ?? webhook.BodyIdentity));
    }
}

/// <summary>Stores an ended call with its transcript and assigns it to its lead; passes the other types to their handlers.</summary>
internal sealed class PostCallHandler(
    LeadMatcher matcher,
    ConversationStore conversations,
    LiveConversations liveConversations,
    PostCallAudio audioHandler,
    CallInitiationFailure failureHandler,
    AnalysisQueue analysisQueue,
    ProfileUpdater profiles,
    StopRequests stopRequests,
    ParkedDeliveries parkedDeliveries,
    OurNumbers ourNumbers,
    OutboundResults outbound,
    IOptions<ElevenLabsOptions> options) : IDeliveryHandler
{
    private const int MaxShownTypeLength = 100;

    /// <inheritdoc/>
    public bool NeedsPreparation(InboxDelivery delivery) =>
        PostCallHead.TryParse(delivery.Body) is { Type: PostCallPayload.Audio, ConversationId: not null };

    /// <summary>
    /// Transfers the audio; the other types have nothing to prepare. Whether the conversation is ours is decided later, because the audio of a
    /// transferred conversation names only another agent. The object sweep removes audio that nobody needs.
    /// </summary>
    public Task PrepareAsync(InboxDelivery delivery, CancellationToken cancellationToken) =>
        audioHandler.PrepareAsync(delivery, PostCallPayload.Parse(delivery.Body), cancellationToken);

    /// <inheritdoc/>
    public async Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
    {
        var payload = PostCallPayload.Parse(delivery.Body);
        return payload switch
        {
            { Type: null } => DeliveryResult.Malformed("type is missing, and no field shows which post-call webhook this is"),
            { Type: not (PostCallPayload.Transcription or PostCallPayload.Audio or PostCallPayload.InitiationFailure) } =>
                DeliveryResult.Unroutable($"post-call webhooks of type '{Shorten(payload.Type)}' are stored, but not handled yet"),
            { ConversationId: null } => DeliveryResult.Malformed("data.conversation_id is missing or too long"),
            _ when await FindUnroutableReasonAsync(payload, work, cancellationToken) is { } reason => DeliveryResult.Unroutable(reason),
            { Type: PostCallPayload.Audio } => await audioHandler.HandleAsync(delivery, payload, work, cancellationToken),
            { Type: PostCallPayload.InitiationFailure } => await failureHandler.HandleAsync(delivery, payload, work, cancellationToken),
            _ => await HandleTranscriptionAsync(delivery, payload, work, cancellationToken),
        };
    }

    // A conversation that was transferred belongs to the agent that began it. The audio and the failure name only the last agent, so a
    // conversation that is stored already is ours too.
    private async Task<string?> FindUnroutableReasonAsync(PostCallPayload payload, UnitOfWork work, CancellationToken cancellationToken) =>
        options.Value.FindUnroutableReason([payload.AgentId, .. payload.VisitedAgentIds]) is { } reason
        && await ConversationStore.FindLeadAsync(work, payload.ConversationId, cancellationToken) is null
            ? reason
            : null;

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

        var match = await matcher.FindOrCreateAsync(work, GetClues(payload, analysedAt), cancellationToken);
        var conversation = CreateConversation(payload, match, analysedAt, (stored?.Revision ?? 0) + 1);
        await liveConversations.AssignLeadAsync(
            work, payload.ConversationId, payload.CallSid, match.Lead, match.Path, analysedAt, cancellationToken);
        await liveConversations.FinishAsync(work, payload.ConversationId!, analysedAt, cancellationToken);
        await ConversationAudioStore.AnnounceAsync(work, payload.ConversationId!, match.Lead, analysedAt, cancellationToken);
        var turnsChanged = await conversations.SaveAsync(work, conversation, cancellationToken);

        if (turnsChanged)
        {
            RaiseTranscriptAdded(work, conversation);
            await AddStopRequestsAsync(work, conversation, delivery.Id, cancellationToken);
        }

        await analysisQueue.AddAsync(work, conversation.Lead, AnalysisKind.Call, conversation.ConversationId, delivery.Id, cancellationToken);
        RaiseSummary(work, conversation);
        await profiles.ReplaceAsync(
            work, conversation.Lead, conversation.ConversationId, ReadStatements(payload, conversation), cancellationToken);
        await outbound.ApplyCallAsync(work, conversation.ConversationId, conversation.CallSid, cancellationToken);
        if (options.Value.FindUnroutableReason([payload.AgentId]) is not null)
        {
            // Deliveries that named only the other agent arrived before it was known that the conversation began with ours.
            var orderingKey = OrderingKeys.ForConversation(payload.ConversationId!);
            await parkedDeliveries.ReleaseUnroutableAsync(work, orderingKey, "the service: the conversation began with our agent", cancellationToken);
        }

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

    private async Task AddStopRequestsAsync(UnitOfWork work, Conversation conversation, long deliveryId, CancellationToken cancellationToken)
    {
        foreach (var turn in conversation.Turns!.Where(turn => turn is { Role: "user", Message: not null }))
        {
            var key = StopRequests.KeyOfTurn(conversation.ConversationId, turn.Position);
            var at = turn.SpokenAt ?? conversation.AnalysedAt;
            await stopRequests.AddFromCallAsync(work, conversation.Lead, turn.Message!, key, at, deliveryId, cancellationToken);
        }
    }

    private static string Shorten(string text) => text.Length <= MaxShownTypeLength ? text : $"{text[..MaxShownTypeLength]}…";

    private LeadClues GetClues(PostCallPayload payload, DateTimeOffset at) => new()
    {
        Channel = payload.Channel,
        At = at,
        LeadIds = [payload.LeadId, payload.UserId],
        ConversationId = payload.ConversationId,
        CallSid = payload.CallSid,
        Addresses = ourNumbers.RemoveOurs(payload.Addresses),
    };

    private static Conversation CreateConversation(PostCallPayload payload, LeadMatch match, DateTimeOffset analysedAt, int revision) => new(
        payload.ConversationId!,
        match.Lead,
        match.Path,
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
            conversation.Path.MatchedBy,
            conversation.Path.Contradictions,
            conversation.Revision,
        });

    private static void RaiseSummary(UnitOfWork work, Conversation conversation)
    {
        var result = ConversationResults.Of(
            conversation.Status,
            conversation.CallResult,
            conversation.TerminationReason,
            conversation.Turns?.Any(turn => turn is { Role: "user", Message: not null }) ?? false);
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
            result?.Outcome,
            OutcomeReason = result?.Reason,
            result?.Mechanism,
            conversation.Revision,
        });
    }
}
