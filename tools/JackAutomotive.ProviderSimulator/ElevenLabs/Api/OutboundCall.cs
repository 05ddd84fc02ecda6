using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using JackAutomotive.ProviderSimulator.Apis;
using JackAutomotive.ProviderSimulator.Commands;
using JackAutomotive.ProviderSimulator.Posting;
using JackAutomotive.ProviderSimulator.Scenarios;
using JackAutomotive.ProviderSimulator.Twilio;
using JackAutomotive.ProviderSimulator.Twilio.Api;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.ElevenLabs.Api;

/// <summary>Accepts a call of the voice agent and plays it: the ring, the conversation or its failure, and what both providers report.</summary>
internal sealed partial class OutboundCall(
    ElevenLabsWorkspace workspace, TwilioAccount account, Customers customers, Ledger ledger, StoryPlayer player, CallStory stories,
    ElevenLabsWebhooks webhooks, IOptions<ElevenLabsOptions> elevenLabs, IOptions<TwilioOptions> twilio, IOptions<ApiOptions> apis,
    TimeProvider time)
{
    private const string ClientData = "conversation_initiation_client_data";

    private static readonly string[] s_required = ["agent_id", "agent_phone_number_id", "to_number"];
    private static readonly string[] s_objects = ["dynamic_variables", "conversation_config_override", "custom_llm_extra_body", "source_info"];

    private string Number => twilio.Value.PhoneNumber;

    /// <summary>POST /v1/convai/twilio/outbound-call</summary>
    internal static async Task<IResult> Handle(HttpContext context, OutboundCall calls, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, cancellationToken);
        return await calls.StartAsync(context, body.ToArray());
    }

    private async Task<IResult> StartAsync(HttpContext context, byte[] body)
    {
        if (Parse(body) is not { } request)
        {
            return ElevenLabsErrors.Invalid("json_invalid", "JSON decode error", "body");
        }

        if (FindError(request) is { } error)
        {
            return error;
        }

        var to = (string)request["to_number"]!;
        var customer = customers.Find(to);
        if (!Phone().IsMatch(to) || customer.Calls == "rejected")
        {
            return Answer(success: false, $"Twilio rejected the call to {PhoneNumbers.Mask(to)}.", null, null);
        }

        var call = new AcceptedCall(
            "conv_" + Random.Shared.Ulid(), "CA" + Random.Shared.Hex(32), (string)request["agent_id"]!,
            (string)request["agent_phone_number_id"]!, Math.Max(1, (int)Math.Round(apis.Value.CallSeconds)),
            request[ClientData]?.DeepClone() as JsonObject ?? []);
        var conversation = new Conversation(call, to, Number, time.GetUtcNow());
        workspace.Conversations.Add(conversation);
        account.Calls.Add(new PhoneCall(call.CallSid, to, Number, conversation.StartedAt));
        ledger.Record("elevenlabs", "call", call.CallSid, to, Number, body, call.ConversationId);
        await player.PlayAsync(context, [.. Play(conversation, customer).OrderBy(scene => scene.At)]);
        return Answer(success: true, "Success", call.ConversationId, call.CallSid);
    }

    // The names mix two styles because ElevenLabs' names do.
    private static JsonHttpResult<JsonObject> Answer(bool success, string message, string? conversationId, string? callSid) =>
        TypedResults.Json(new JsonObject
        {
            ["success"] = success,
            ["message"] = message,
            ["conversation_id"] = conversationId,
            ["callSid"] = callSid,
        });

    private static JsonObject? Parse(byte[] body)
    {
        try
        {
            return JsonNode.Parse(body) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private IResult? FindError(JsonObject request)
    {
        foreach (var name in s_required)
        {
            if (request[name] is not { } value)
            {
                return ElevenLabsErrors.Invalid("missing", "Field required", "body", name);
            }

            if (value.GetValueKind() != JsonValueKind.String)
            {
                return ElevenLabsErrors.Invalid("string_type", "Input should be a valid string", "body", name);
            }
        }

        if (request[ClientData] is { } data && FindError(data) is { } error)
        {
            return error;
        }

        var (agent, phone) = ((string)request["agent_id"]!, (string)request["agent_phone_number_id"]!);
        return agent != elevenLabs.Value.AgentId
            ? ElevenLabsErrors.AgentNotFound(agent)
            : phone != elevenLabs.Value.PhoneNumberId ? ElevenLabsErrors.PhoneNumberNotFound(phone) : null;
    }

    private static IResult? FindError(JsonNode data)
    {
        if (data is not JsonObject members)
        {
            return ElevenLabsErrors.Invalid("model_attributes_type", "Input should be a valid dictionary", "body", ClientData);
        }

        if (s_objects.FirstOrDefault(name => members[name] is not (null or JsonObject)) is { } wrong)
        {
            return ElevenLabsErrors.Invalid("dict_type", "Input should be a valid dictionary", "body", ClientData, wrong);
        }

        return (members["dynamic_variables"] as JsonObject ?? []).FirstOrDefault(variable => variable.Value is JsonObject or JsonArray).Key
            is { } name
                ? ElevenLabsErrors.Invalid(
                    "string_type", "Input should be a valid string", "body", ClientData, "dynamic_variables", name, "str")
                : null;
    }

    private IEnumerable<Scene> Play(Conversation conversation, Customer customer)
    {
        var (call, random) = (conversation.Call, Random.Shared);
        var (ring, talk) = (TimeSpan.FromSeconds(apis.Value.RingSeconds), apis.Value.Talk);
        var telephone = TelephoneCall.FromNow(call.CallSid, conversation.To, Number, customer.Calls, conversation.StartedAt, apis.Value);
        foreach (var (due, callback) in telephone.Timetable(random, talk))
        {
            yield return new Scene(due, TryBuild(() => stories.Callback(callback, random)))
            {
                Happens = () => account.Apply(callback, call.CallSid, time.GetUtcNow()),
            };
        }

        var person = People.Invent(random, conversation.To);
        if (customer.Calls is not ("answered" or "voicemail"))
        {
            var reason = customer.Calls == "failed" ? "unknown" : customer.Calls;
            yield return new Scene(ring, TryBuild(() => stories.Failure(person, random, telephone.EndedAt, reason, call)))
            {
                Happens = () => Change(call, known => known with { Status = "failed" }),
            };
            yield break;
        }

        var script = PickScript(customer, random) with { Direction = CallDirection.Outbound };
        var finished = stories.Finish(script, person, random, telephone.EndedAt, accepted: call);
        yield return new Scene(ring) { Happens = () => Change(call, known => known with { Status = "in-progress" }) };
        foreach (var liveEvent in LiveCall.EventsOf(finished))
        {
            var at = ring + (talk * (liveEvent.At / TimeSpan.FromSeconds(finished.DurationSeconds)));
            yield return new Scene(at, TryBuild(() => webhooks.Of(liveEvent)));
        }

        yield return new Scene(ring + talk) { Happens = () => Change(call, known => known with { Status = "processing" }) };
        yield return new Scene(ring + talk, TryBuild(() => stories.Transcript(finished)))
        {
            Happens = () => Change(call, known => known with { Status = "done", Data = JsonNode.Parse(finished.Body)!["data"] }),
            IsRetried = true,
        };
    }

    // A call takes place also if a webhook cannot be signed. The health check reports the missing secret.
    private static Webhook? TryBuild(Func<Webhook> build)
    {
        try
        {
            return build();
        }
        catch (SettingMissingException)
        {
            return null;
        }
    }

    private void Change(AcceptedCall call, Func<Conversation, Conversation> change) =>
        workspace.Conversations.Change(call.ConversationId, change);

    private static CallScript PickScript(Customer customer, Random random) => customer switch
    {
        { Calls: "voicemail" } => CallScripts.Find("voicemail")!,
        { Scenario: { } name } => CallScripts.Find(name)!,
        _ => random.Pick([.. CallScripts.All.Where(script => script.CallResult == "answered")]),
    };

    [GeneratedRegex($"^{PhoneNumbers.Pattern}$")]
    private static partial Regex Phone();
}
