using System.Text.Json;
using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Features.Audio;
using JackAutomotive.WebhookApi.Features.Calls;
using JackAutomotive.WebhookApi.Features.Conversations;
using JackAutomotive.WebhookApi.Features.Leads;
using JackAutomotive.WebhookApi.Messaging;
using JackAutomotive.WebhookApi.Messaging.LargeBodies;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Features.ElevenLabs;

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
    /// Stores the delivery and answers 200, whatever its type: ElevenLabs takes every other answer as a failure and in the end
    /// switches the webhook off.
    /// </summary>
    public static async Task<Results<Ok, ProblemHttpResult>> Receive(WebhookBody body, HttpContext context, Inbox inbox)
    {
        var (key, conversation) = Identify(body);
        return await inbox.AcceptAsync(context, key, $"elevenlabs:{conversation}", body) == Acceptance.Unavailable
            ? Problems.StorageUnavailable(context.Response)
            : TypedResults.Ok();
    }

    /// <summary>How this endpoint is doing.</summary>
    public static Task<JsonHttpResult<WebhookHealthReport>> Health(
        WebhookHealth health,
        ElevenLabsScheme scheme,
        CancellationToken cancellationToken) =>
        health.AnswerAsync(Endpoint, scheme, cancellationToken);

    // What cannot be identified is its own event: it is kept, and repeated copies of it still count as one.
    private static (string Key, string Conversation) Identify(WebhookBody body)
    {
        try
        {
            var payload = PostCallPayload.Parse(body.Bytes);
            if (payload is { Type: { } type, ConversationId: { } conversation })
            {
                return ($"{type}:{conversation}:{payload.EventTimestamp ?? "-"}", conversation);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or JSON with names that are no text: signed all the same, so it is kept for a person to look at.
        }

        var hash = $"sha256:{Convert.ToHexStringLower(body.Hash())}";
        return (hash, hash);
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
