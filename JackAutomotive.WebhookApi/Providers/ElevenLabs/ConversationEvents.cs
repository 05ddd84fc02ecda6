using System.Text.Json;
using JackAutomotive.WebhookApi.Features.Calls;
using JackAutomotive.WebhookApi.Features.Conversations;
using JackAutomotive.WebhookApi.Features.Leads;
using JackAutomotive.WebhookApi.Messaging;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Features.ElevenLabs;

/// <summary>A bridge tells how a conversation goes while it is held.</summary>
internal static class ConversationEvents
{
    public static readonly WebhookEndpoint Endpoint = new(
        "elevenlabs", Topics.ElevenLabsConversationEvents, ElevenLabsOptions.ConversationEventsSecretSetting, MaxBodyBytes: 256 * 1024);

    /// <summary>Shows a partial line to whoever watches; stores everything else, whatever its type. Both are answered 200.</summary>
    public static async Task<Results<Ok, ProblemHttpResult>> Receive(
        WebhookBody body,
        HttpContext context,
        Inbox inbox,
        LiveTranscript live,
        TimeProvider time)
    {
        var payload = TryParse(body);
        if (payload is { Kind: ConversationEventsPayload.Partial })
        {
            if (payload is { ConversationId: { } held, Text: { } text })
            {
                await live.ShowAsync(new PartialLine(held, payload.Role, text, payload.EventId), payload.At ?? time.GetUtcNow());
            }

            return TypedResults.Ok();
        }

        // Ordered with the post-call webhook of the same conversation. What cannot be identified is its own event.
        var (key, conversation) = payload is { Type: not null, ConversationId: { } id }
            ? ($"event:{id}:{payload.Key}", id)
            : ($"event:sha256:{Convert.ToHexStringLower(body.Hash())}", $"sha256:{Convert.ToHexStringLower(body.Hash())}");
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

    private static ConversationEventsPayload? TryParse(WebhookBody body)
    {
        try
        {
            return ConversationEventsPayload.Parse(body.Bytes);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or JSON with names that are no text: signed all the same, so it is kept for a person to look at.
            return null;
        }
    }
}

/// <summary>Adds what is told to its conversation, and tells the lead's watchers once it is known whose conversation it is.</summary>
internal sealed class ConversationEventsHandler(
    LeadMatcher matcher,
    LiveConversationStore store,
    LiveConversations conversations,
    IOptions<ElevenLabsOptions> options) : IDeliveryHandler
{
    /// <inheritdoc/>
    public async Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
    {
        var payload = ConversationEventsPayload.Parse(delivery.Body);
        if (payload.ConversationId is not { } id)
        {
            return DeliveryResult.Malformed("data.conversation_id is missing or too long");
        }

        if (payload.Kind is null)
        {
            return DeliveryResult.Unroutable($"conversation events of type '{payload.Type}' are kept, but not handled yet");
        }

        if (options.Value.WhyUnroutable(payload.AgentId) is { } why)
        {
            return DeliveryResult.Unroutable(why);
        }

        var report = payload.ToReport(delivery.ReceivedAt);
        await CallStore.LockAsync(work, payload.CallSid, cancellationToken);
        var transcript = await ConversationStore.FindAsync(work, id, cancellationToken);
        var parties = await store.BeginAsync(
            work, new LiveParties(id, null, payload.CallSid, payload.ExternalNumber, payload.AgentId), cancellationToken);
        await LiveConversationStore.AddAsync(work, id, report, delivery.ReceivedAt, cancellationToken);
        if (transcript is not null)
        {
            var end = LiveConversations.Transcribed(transcript.AnalysedAt);
            await LiveConversationStore.AddAsync(work, id, end, delivery.ReceivedAt, cancellationToken);
        }

        if (parties.Lead is null && await FindLeadAsync(work, payload, parties, report.At, cancellationToken) is { } match)
        {
            parties = parties with { Lead = match.Lead };
            await LiveConversations.GiveAsync(work, parties, match.Lead, report.At, cancellationToken);
            await RecordingStore.AnnounceAsync(work, parties.CallSid, match.Lead, report.At, cancellationToken);
        }

        await conversations.UpdateAsync(work, parties, cancellationToken);
        return DeliveryResult.Done;
    }

    private async Task<LeadMatch?> FindLeadAsync(
        UnitOfWork work,
        ConversationEventsPayload payload,
        LiveParties parties,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        var clues = new LeadClues([payload.LeadId], parties.ConversationId, parties.CallSid, parties.ExternalNumber);
        var match = await matcher.FindAsync(work, clues, cancellationToken);
        if (match is { IsNew: true })
        {
            LeadEvents.RaiseCreated(work, match.Lead, match.Phone, "voice", at);
        }

        return match;
    }
}
