using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using JackAutomotive.WebhookApi.Briefing;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Outbound.Jobs;
using JackAutomotive.WebhookApi.Providers.Twilio;
using JackAutomotive.WebhookApi.Providers.Twilio.Rest;
using Microsoft.Extensions.Options;
using Polly;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs.Rest;

/// <summary>
/// Starts calls by the voice agent. Each call carries the briefing and the number of its attempt as variables of its own, so the agent that all
/// calls share is never changed, and a call whose answer is lost is recognised in ElevenLabs' list of conversations. A call that only Twilio has
/// is found by its number and time.
/// </summary>
internal sealed class ElevenLabsCalls(
    ElevenLabsClient client,
    AgentDirectory agents,
    TwilioCalls twilioCalls,
    ProviderBreakers breakers,
    BriefingBuilder briefings,
    OurNumbers ourNumbers,
    IOptions<ElevenLabsOptions> options,
    IOptions<TwilioOptions> twilio) : IOutboundGateway
{
    private const int MaxPages = 10;

    private static readonly TimeSpan s_clockDifference = TimeSpan.FromSeconds(60);

    private readonly ResiliencePipeline<SendResult> _breaker = breakers.Create("elevenlabs");

    /// <inheritdoc/>
    public string Kind => OutboundKinds.Call;

    /// <inheritdoc/>
    public string Provider => "elevenlabs";

    /// <inheritdoc/>
    public string? MissingSetting =>
        options.Value.ApiKey is null ? ElevenLabsOptions.ApiKeySetting
        : options.Value.CallingAgent is null ? ElevenLabsOptions.AgentIdSetting
        : null;

    /// <inheritdoc/>
    public async Task<string?> FindAgentErrorAsync(string? agentId, CancellationToken cancellationToken)
    {
        var agent = agentId ?? options.Value.CallingAgent!;
        return options.Value.AgentIds.Count > 0 && !options.Value.AgentIds.Contains(agent)
                ? $"The agent is none of those in {ElevenLabsOptions.AgentIdSetting}."
            : await agents.ExistsAsync(agent, cancellationToken) is false ? "ElevenLabs has no such agent."
            : null;
    }

    /// <inheritdoc/>
    public bool IsOurs(ChannelAddress address) => address.Text == twilio.Value.SendingNumber || ourNumbers.IsOurs(address);

    /// <inheritdoc/>
    public Task<SendResult> SendAsync(OutboundJob job, int attempt, CancellationToken cancellationToken) =>
        ProviderBreakers.SendAsync(_breaker, () => StartAsync(job, attempt, cancellationToken));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SendResult.Accepted>> FindAsync(OutboundJob job, OutboundAttempt attempt, CancellationToken cancellationToken)
    {
        try
        {
            return await FindConversationAsync(job, attempt, cancellationToken) is { } conversation ? [conversation]
                : twilioCalls.IsConfigured ? await twilioCalls.FindAsync(job.Recipient, attempt.StartedAt)
                : [];
        }
        catch (Exception e) when (e is not (ProviderLookupException or OperationCanceledException) || !cancellationToken.IsCancellationRequested)
        {
            throw e as ProviderLookupException
                ?? new ProviderLookupException($"The provider does not answer what became of the call ({e.GetBaseException().GetType().Name}).", e);
        }
    }

    private async Task<SendResult> StartAsync(OutboundJob job, int attempt, CancellationToken cancellationToken)
    {
        JsonObject request;
        try
        {
            if (await agents.FindPhoneNumberIdAsync(cancellationToken) is not { } numberId)
            {
                return new SendResult.Refused(
                    "phone_number_id",
                    $"ElevenLabs has no number for {ElevenLabsOptions.PhoneNumberIdSetting} or {TwilioOptions.PhoneNumberSetting}.",
                    NeedsPerson: true);
            }

            request = await BuildRequestAsync(job, attempt, numberId, cancellationToken);
        }
        catch (ProviderLookupException e)
        {
            return new SendResult.NotSent(e.Message);
        }

        try
        {
            return ReadAnswer(await client.StartCallAsync(request, CancellationToken.None));
        }
        catch (Exception e)
        {
            return SendErrors.Classify(e);
        }
    }

    // {"success":true,"message":"…","conversation_id":"conv_…","callSid":"CA…"}: a failure may come with the status 200, and both ids may be null.
    private SendResult ReadAnswer(ElevenLabsAnswer answer)
    {
        if (!answer.IsSuccess)
        {
            return (int)answer.Status is >= 400 and < 500 && answer.Status != HttpStatusCode.RequestTimeout
                ? new SendResult.Refused(
                    answer.ErrorCode,
                    $"ElevenLabs refused the call (status {(int)answer.Status}{(answer.ErrorCode is { } code ? $", {code}" : "")}).",
                    NeedsPerson: answer.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.PaymentRequired)
                : new SendResult.Unknown($"ElevenLabs answered with the status {(int)answer.Status}.");
        }

        var conversationId = ElevenLabsAnswer.TextOf(answer.Body?["conversation_id"]);
        var callSid = ElevenLabsAnswer.TextOf(answer.Body?["callSid"]);
        var isSuccess = answer.Body?["success"] is JsonValue success && success.TryGetValue<bool>(out var flag) ? flag : (bool?)null;
        return (isSuccess, conversationId ?? callSid) switch
        {
            (not false, not null) => new SendResult.Accepted(conversationId, callSid, null, twilio.Value.SendingNumber),
            (false, null) => new SendResult.Refused(null, "ElevenLabs could not start the call."),
            _ => new SendResult.Unknown("ElevenLabs' answer does not show whether the call began."),
        };
    }

    private async Task<JsonObject> BuildRequestAsync(OutboundJob job, int attempt, string numberId, CancellationToken cancellationToken)
    {
        var briefing = await briefings.BuildAsync(job.Lead, BriefingChannel.Voice, cancellationToken)
            ?? briefings.Compose(null, BriefingChannel.Voice);
        var variables = briefing.Variables.ToJson();
        variables["call_reason"] = job.Content.CallReason ?? "";
        foreach (var (name, value) in job.Content.Variables is { } more ? JsonNode.Parse(more)!.AsObject() : [])
        {
            variables[name] = value?.DeepClone();
        }

        variables["outbound_job"] = job.Id.ToString();
        variables["outbound_attempt"] = AttemptId(job, attempt);
        var data = new JsonObject
        {
            ["type"] = "conversation_initiation_client_data",
            ["user_id"] = job.Lead.ToString(),
            ["dynamic_variables"] = variables,
        };
        if (options.Value.FirstMessage is { } firstMessage)
        {
            data["conversation_config_override"] = new JsonObject { ["agent"] = new JsonObject { ["first_message"] = firstMessage } };
        }

        return new JsonObject
        {
            ["agent_id"] = AgentOf(job),
            ["agent_phone_number_id"] = numberId,
            ["to_number"] = job.Recipient,
            ["conversation_initiation_client_data"] = data,
        };
    }

    private async Task<SendResult.Accepted?> FindConversationAsync(OutboundJob job, OutboundAttempt attempt, CancellationToken cancellationToken)
    {
        var cursor = default(string);
        for (var page = 0; page < MaxPages; page++)
        {
            var since = attempt.StartedAt - s_clockDifference;
            var list = Require(await client.ListConversationsAsync(AgentOf(job), since, cursor, cancellationToken));
            foreach (var item in list["conversations"]?.AsArray().OfType<JsonObject>() ?? [])
            {
                if (ElevenLabsAnswer.TextOf(item["conversation_id"]) is { } id
                    && await IsAttemptAsync(id, AttemptId(job, attempt.Number), cancellationToken) is (true, var callSid))
                {
                    return new SendResult.Accepted(id, callSid, null, twilio.Value.SendingNumber);
                }
            }

            cursor = ElevenLabsAnswer.TextOf(list["next_cursor"]);
            if (cursor is null)
            {
                return null;
            }
        }

        throw new ProviderLookupException("ElevenLabs has too many conversations of this time to find the call among them.");
    }

    private async Task<(bool IsAttempt, string? CallSid)> IsAttemptAsync(string id, string attemptId, CancellationToken cancellationToken)
    {
        var conversation = Require(await client.GetConversationAsync(id, cancellationToken));
        var variables = conversation["conversation_initiation_client_data"]?["dynamic_variables"];
        return (
            ElevenLabsAnswer.TextOf(variables?["outbound_attempt"]) == attemptId,
            ElevenLabsAnswer.TextOf(conversation["metadata"]?["phone_call"]?["call_sid"]) ?? ElevenLabsAnswer.TextOf(variables?["system__call_sid"]));
    }

    private static JsonObject Require(ElevenLabsAnswer answer) =>
        answer is { IsSuccess: true, Body: { } body }
            ? body
            : throw new ProviderLookupException($"ElevenLabs does not answer what became of the call (status {(int)answer.Status}).");

    private string AgentOf(OutboundJob job) => job.Content.AgentId ?? options.Value.CallingAgent!;

    private static string AttemptId(OutboundJob job, int attempt) => string.Create(CultureInfo.InvariantCulture, $"{job.Id}/{attempt}");
}
