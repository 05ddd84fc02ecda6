using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Analysis;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Identification;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Providers.Twilio;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>The webhook for events of a live conversation, which a bridge posts during the conversation.</summary>
internal static class ConversationEvents
{
    public static readonly WebhookEndpoint Endpoint = new(
        "elevenlabs", Topics.ElevenLabsConversationEvents, ElevenLabsOptions.ConversationEventsSecretSetting, MaxBodyBytes: 256 * 1024);
}

/// <summary>Queues a partial line for the lead's watchers, and stores every other event in the inbox. Answers 200 to both.</summary>
internal sealed class ConversationEventsReceiver(
    WebhookIntake intake,
    ElevenLabsScheme scheme,
    LiveTranscript liveTranscript,
    TimeProvider time) : IWebhookReceiver
{
    /// <inheritdoc/>
    public async Task<IResult> ReceiveAsync(VerifiedWebhook webhook)
    {
        var payload = ConversationEventsPayload.TryParse(webhook.Body.Bytes);
        if (payload is { Kind: ConversationEventsPayload.Partial })
        {
            if (payload is { ConversationId: { } conversationId, Text: { } text })
            {
                var line = new PartialLine(conversationId, payload.Role, text, payload.EventId);
                liveTranscript.Publish(line, payload.At ?? time.GetUtcNow());
            }

            return scheme.Accepted;
        }

        var acceptance = await intake.AcceptAsync(webhook, Identify(webhook, payload));
        return acceptance.IsDurable() ? scheme.Accepted : Problems.StorageUnavailable(webhook.Context.Response, acceptance);
    }

    // The post-call webhook of the same conversation has the same ordering key.
    private static DeliveryIdentity Identify(VerifiedWebhook webhook, ConversationEventsPayload? payload)
    {
        if (payload is { Type: not null, ConversationId: { } conversationId })
        {
            return new(DeliveryKind.ConversationEvent.BuildKey($"{conversationId}:{payload.Key}"), OrderingKeys.ForConversation(conversationId));
        }

        // The ordering key makes the search for deliveries find the parked delivery by its conversation.
        var probableId = payload is null ? UnreadableBody.FindConversationId(webhook.Body.Bytes.Span) : payload.ConversationId;
        return new(
            DeliveryKind.ConversationEvent.BuildKey(webhook.BodyIdentity),
            OrderingKeys.ForConversation(probableId ?? webhook.BodyIdentity));
    }
}

/// <summary>Adds the event to its conversation, and raises lead events once the conversation's lead is known.</summary>
internal sealed class ConversationEventsHandler(
    LeadMatcher matcher,
    LiveConversationStore store,
    LiveConversations conversations,
    StopRequests stopRequests,
    OurNumbers ourNumbers,
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
            return DeliveryResult.Unroutable(payload.Type is null
                ? "the event has no type"
                : $"conversation events of type '{payload.ShownType}' are stored, but not handled yet");
        }

        // After a transfer the events name another agent, although the conversation began with ours.
        if (options.Value.FindUnroutableReason([payload.AgentId]) is { } reason
            && await ConversationStore.FindLeadAsync(work, id, cancellationToken) is null)
        {
            return DeliveryResult.Unroutable(reason);
        }

        var report = payload.ToReport(delivery.ReceivedAt);
        await CallStore.LockAsync(work, payload.CallSid, cancellationToken);
        var analysis = await ConversationStore.FindAsync(work, id, cancellationToken);
        var parties = await store.BeginAsync(
            work, new LiveParties(id, null, payload.CallSid, payload.ExternalNumber, payload.AgentId), cancellationToken);
        await LiveConversationStore.AddAsync(work, id, report, delivery.ReceivedAt, cancellationToken);
        if (analysis is not null)
        {
            var end = LiveConversations.CreateTranscribedReport(analysis.AnalysedAt);
            await LiveConversationStore.AddAsync(work, id, end, delivery.ReceivedAt, cancellationToken);
        }

        if (parties.Lead is null && await FindLeadAsync(work, payload, parties, report.At, cancellationToken) is { } match)
        {
            await conversations.AssignLeadAsync(work, parties, match.Lead, match.Path, report.At, cancellationToken);
            await conversations.AssignLeadAsync(work, id, parties.CallSid, match.Lead, match.Path, report.At, cancellationToken);
            await AddStopRequestAsync(work, match.Lead, id, report, delivery.Id, cancellationToken);
            return DeliveryResult.Done;
        }

        await conversations.UpdateAsync(work, parties, cancellationToken);
        await AddStopRequestAsync(work, parties.Lead, id, report, delivery.Id, cancellationToken);
        return DeliveryResult.Done;
    }

    // Nothing may be sent between the end of the call and its transcript. Lines from before the lead is known wait for the transcript.
    private Task AddStopRequestAsync(
        UnitOfWork work,
        LeadId? lead,
        string conversationId,
        LiveReport report,
        long deliveryId,
        CancellationToken cancellationToken) =>
        lead is { } known && report is { Kind: LiveReportKinds.User, Text: { } words }
            ? stopRequests.AddFromCallAsync(
                work, known, words, $"live:{conversationId}:{report.Key}", report.At, deliveryId, cancellationToken)
            : Task.CompletedTask;

    private Task<LeadMatch?> FindLeadAsync(
        UnitOfWork work,
        ConversationEventsPayload payload,
        LiveParties parties,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        var external = ChannelAddress.TryParse(parties.ExternalNumber, out var address) ? address : (ChannelAddress?)null;
        var clues = new LeadClues
        {
            At = at,
            LeadIds = [payload.LeadId, payload.UserId],
            ConversationId = parties.ConversationId,
            CallSid = parties.CallSid,
            Addresses = ourNumbers.RemoveOurs(AddressClue.FromProvider(external).Concat(payload.Addresses)),
        };
        return matcher.TryFindOrCreateAsync(work, clues, cancellationToken);
    }
}
