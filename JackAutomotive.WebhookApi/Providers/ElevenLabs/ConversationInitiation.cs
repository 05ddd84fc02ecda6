using System.Text.Json;
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

/// <summary>
/// The fields of a conversation-initiation webhook. ElevenLabs sends the webhook while the telephone rings, to learn who calls:
/// <code>
/// {"caller_id":"+12025550123","agent_id":"agent_…","called_number":"+12025550199","call_sid":"CA…"}
/// </code>
/// caller_id may be a placeholder for a hidden caller, or any other text. Some bridges add conversation_id, lead_id, user_id or the dynamic
/// variables of the call.
/// </summary>
/// <param name="Call">The call; null without a call_sid.</param>
/// <param name="Addresses">The addresses that may be the caller's, the most reliable first.</param>
/// <param name="LeadIds">Strings that may be the lead's id.</param>
internal sealed record InitiationPayload(InitiatedCall? Call, IReadOnlyList<AddressClue> Addresses, IReadOnlyList<string?> LeadIds)
{
    /// <summary>Parses a body.</summary>
    /// <exception cref="JsonException">The body is not JSON.</exception>
    public static InitiationPayload Parse(ReadOnlyMemory<byte> body)
    {
        using var document = JsonBody.Parse(body);
        JsonElement? root = document.RootElement;
        var caller = root.ReadTrimmedText("caller_id");
        var called = root.ReadTrimmedText("called_number");
        return new InitiationPayload(
            root.ReadId("call_sid") is { } sid
                ? new InitiatedCall(sid, root.ReadId("conversation_id"), root.ReadId("agent_id"), caller, called)
                : null,
            [.. AddressClue.FromProvider(CreateParties(caller, called).FindLeadAddress()), .. CallerClues.Read(root)],
            [
                root.ReadTrimmedText("lead_id"),
                root.ReadField("dynamic_variables").ReadTrimmedText("lead_id"),
                root.ReadField("conversation_initiation_client_data").ReadField("dynamic_variables").ReadTrimmedText("lead_id"),
                root.ReadTrimmedText("user_id"),
            ]);
    }

    /// <summary>Returns the parties of the call. ElevenLabs sends this webhook for inbound calls only.</summary>
    public static CallParties CreateParties(string? caller, string? called) => new("inbound", caller, called, null);
}

/// <summary>The webhook with which ElevenLabs requests the agent's briefing while the telephone rings.</summary>
internal static class ConversationInitiation
{
    public static readonly WebhookEndpoint Endpoint = new(
        "elevenlabs",
        Topics.ElevenLabsConversationInitiation,
        ElevenLabsOptions.ConversationInitiationSecretSetting,
        MaxBodyBytes: 64 * 1024);
}

/// <summary>
/// Always answers 200 with every variable within the time limit, because any other answer makes the call fail. The inbox stores the request
/// for its handler; the answer waits for the inbox until the time limit at most.
/// </summary>
internal sealed class ConversationInitiationReceiver(WebhookIntake intake, InitiationAnswers answers) : IWebhookReceiver
{
    /// <inheritdoc/>
    public async Task<IResult> ReceiveAsync(VerifiedWebhook webhook)
    {
        var payload = TryParse(webhook.Body);
        var accepted = intake.AcceptAsync(webhook, Identify(webhook, payload));
        return TypedResults.Content(await answers.AnswerAsync(payload, accepted), "application/json");
    }

    // A request without a call is parked. Its ordering key makes the search for deliveries find the request by its conversation.
    private static DeliveryIdentity Identify(VerifiedWebhook webhook, InitiationPayload? payload)
    {
        if (payload?.Call is { CallSid: var sid })
        {
            return new(DeliveryKind.Initiation.BuildKey(sid), OrderingKeys.ForCall(sid));
        }

        var key = DeliveryKind.Initiation.BuildKey(webhook.BodyIdentity);
        return UnreadableBody.FindConversationId(webhook.Body.Bytes.Span) is { } conversationId
            ? new(key, OrderingKeys.ForConversation(conversationId))
            : new(key, OrderingKeys.ForCall(webhook.BodyIdentity));
    }

    private static InitiationPayload? TryParse(WebhookBody body)
    {
        try
        {
            return InitiationPayload.Parse(body.Bytes);
        }
        catch (JsonException)
        {
            return null; // The answer describes an unknown caller, and the inbox stores the body for an operator.
        }
    }
}

/// <summary>Assigns an incoming call to its lead, creates the lead if the caller is new, and raises the call's events.</summary>
internal sealed class ConversationInitiationHandler(
    LeadMatcher matcher,
    CallStore calls,
    InitiationSessionStore sessions,
    LiveConversations conversations,
    OurNumbers ourNumbers,
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

        if (options.Value.FindUnroutableReason([call.AgentId]) is { } reason)
        {
            return DeliveryResult.Unroutable(reason);
        }

        var at = delivery.ReceivedAt;
        await CallStore.LockAsync(work, sid, cancellationToken);
        var parties = InitiationPayload.CreateParties(call.Caller, call.CalledNumber);
        var (_, lead) = await calls.BeginAsync(work, sid, parties, cancellationToken);
        var isAnnounced = await sessions.BeginAsync(work, call, cancellationToken);
        var path = new MatchPath(ClueNames.Call, []);
        if (lead is null && await FindLeadAsync(work, payload, call, at, cancellationToken) is { } match)
        {
            (lead, path) = (match.Lead, match.Path);
        }

        if (lead is not { } knownLead)
        {
            return DeliveryResult.Done; // Nothing identifies the lead yet. A later webhook may do so and then assigns the call.
        }

        if (!isAnnounced)
        {
            await InitiationSessionStore.AnnounceAsync(work, knownLead, sid, call.ConversationId, at, cancellationToken);
        }

        await conversations.AssignLeadAsync(work, call.ConversationId, sid, knownLead, path, at, cancellationToken);
        return DeliveryResult.Done;
    }

    private Task<LeadMatch?> FindLeadAsync(
        UnitOfWork work,
        InitiationPayload payload,
        InitiatedCall call,
        DateTimeOffset at,
        CancellationToken cancellationToken)
    {
        var clues = new LeadClues
        {
            At = at,
            LeadIds = payload.LeadIds,
            ConversationId = call.ConversationId,
            CallSid = call.CallSid,
            Addresses = ourNumbers.RemoveOurs(payload.Addresses),
        };
        return matcher.TryFindOrCreateAsync(work, clues, cancellationToken);
    }
}
