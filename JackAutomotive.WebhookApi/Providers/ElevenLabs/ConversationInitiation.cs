using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Calls;
using JackAutomotive.WebhookApi.Conversations;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Identification;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Intake;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// A call is coming in, and the agent wants to know who calls:
/// <code>
/// {"caller_id":"+12025550123","agent_id":"agent_…","called_number":"+12025550199","call_sid":"CA…"}
/// </code>
/// caller_id may be withheld, or no number at all; some senders add conversation_id.
/// </summary>
/// <param name="Call">The call; null without a call_sid.</param>
/// <param name="Caller">The customer's number, if it is one.</param>
internal sealed record InitiationPayload(InitiatedCall? Call, PhoneNumber? Caller)
{
    /// <summary>Reads a body.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static InitiationPayload Parse(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 256 });
        JsonElement? root = document.RootElement;
        var caller = root.Word("caller_id");
        var called = root.Word("called_number");
        return new InitiationPayload(
            root.Word("call_sid") is { Length: <= 200 } sid
                ? new InitiatedCall(sid, root.Word("conversation_id"), root.Word("agent_id"), caller, called)
                : null,
            PartiesOf(caller, called).Customer());
    }

    /// <summary>Only inbound calls are announced so.</summary>
    public static CallParties PartiesOf(string? caller, string? called) => new("inbound", caller, called, null);
}

/// <summary>ElevenLabs asks, while the telephone rings, what the agent should know of the caller.</summary>
internal static class ConversationInitiation
{
    public static readonly WebhookEndpoint Endpoint = new(
        "elevenlabs",
        Topics.ElevenLabsConversationInitiation,
        ElevenLabsOptions.ConversationInitiationSecretSetting,
        MaxBodyBytes: 64 * 1024);
}

/// <summary>
/// Answers 200 with every variable, in time, whatever happens: any other answer makes the call fail. The effects of the call go through
/// the inbox, and the answer waits for the inbox only as long as there is time.
/// </summary>
internal sealed class ConversationInitiationReceiver(WebhookIntake intake, InitiationAnswers answers) : IWebhookReceiver
{
    /// <inheritdoc/>
    public async Task<IResult> ReceiveAsync(VerifiedWebhook webhook)
    {
        var payload = TryParse(webhook.Body);
        var id = payload?.Call?.CallSid ?? webhook.BodyIdentity;
        var accepted = intake.AcceptAsync(webhook, new(DeliveryKind.Initiation.Key(id), OrderingKeys.Call(id)));
        return TypedResults.Content(await answers.AnswerAsync(payload, accepted), "application/json");
    }

    private static InitiationPayload? TryParse(WebhookBody body)
    {
        try
        {
            return InitiationPayload.Parse(body.Bytes);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // The caller is answered as unknown, and the inbox keeps the body for a person to look at.
        }
    }
}

/// <summary>Files an incoming call under its lead, who may be somebody new, and tells the lead's watchers.</summary>
internal sealed class ConversationInitiationHandler(
    LeadMatcher matcher,
    CallStore calls,
    InitiationSessionStore sessions,
    LiveConversations conversations,
    IOptions<ElevenLabsOptions> options) : IDeliveryHandler
{
    /// <inheritdoc/>
    public async Task<DeliveryResult> HandleAsync(InboxDelivery delivery, UnitOfWork work, CancellationToken cancellationToken)
    {
        var payload = InitiationPayload.Parse(delivery.Body);
        if (payload.Call is not { CallSid: var sid } call)
        {
            return DeliveryResult.Malformed("call_sid is missing or too long");
        }

        if (options.Value.WhyUnroutable(call.AgentId) is { } why)
        {
            return DeliveryResult.Unroutable(why);
        }

        var at = delivery.ReceivedAt;
        await CallStore.LockAsync(work, sid, cancellationToken);
        var parties = InitiationPayload.PartiesOf(call.Caller, call.CalledNumber);
        var (_, lead) = await calls.BeginAsync(work, sid, parties, cancellationToken);
        var isAnnounced = await sessions.BeginAsync(work, call, cancellationToken);
        lead ??= await FindLeadAsync(work, payload, call, at, cancellationToken);
        if (lead is not { } known)
        {
            return DeliveryResult.Done; // Withheld: whoever finds out later gives it to its lead.
        }

        if (!isAnnounced)
        {
            await InitiationSessionStore.AnnounceAsync(work, known, sid, call.ConversationId, at, cancellationToken);
        }

        await CallStore.GiveAndTellAsync(work, sid, known, cancellationToken);
        await RecordingStore.AnnounceAsync(work, sid, known, at, cancellationToken);
        await conversations.GiveAsync(work, call.ConversationId, sid, known, at, cancellationToken);
        return DeliveryResult.Done;
    }

    private async Task<LeadId?> FindLeadAsync(
        UnitOfWork work,
        InitiationPayload payload,
        InitiatedCall call,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        var clues = new LeadClues([], call.ConversationId, call.CallSid, payload.Caller?.Value);
        var match = await matcher.FindAsync(work, clues, cancellationToken);
        if (match is { IsNew: true })
        {
            LeadEvents.RaiseCreated(work, match.Lead, match.Phone, "voice", at);
        }

        return match?.Lead;
    }
}
