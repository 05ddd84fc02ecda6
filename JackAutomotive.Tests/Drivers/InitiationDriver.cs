using System.Text;
using System.Text.Json.Nodes;

namespace JackAutomotive.Tests.Drivers;

/// <summary>Builds conversation-initiation requests, which ElevenLabs sends while the telephone rings.</summary>
internal static class InitiationDriver
{
    public const string Secret = "wsec_initiation_0123456789abcdef";
    public const string Header = "X-Jack-Secret";

    private const string Path = "/api/webhooks/elevenlabs/conversation-initiation";

    public static string NewCallSid() => $"CA{Guid.NewGuid():N}";

    public static SignedRequest Ask(string? caller, string? callSid, string? conversation = null) => Request(new JsonObject
    {
        ["caller_id"] = caller,
        ["agent_id"] = "agent_test",
        ["called_number"] = IncomingSmsDriver.OurNumber,
        ["call_sid"] = callSid,
        ["conversation_id"] = conversation,
    }.ToJsonString());

    public static bool IsOne(SignedRequest request) => request.Path == Path;

    public static SignedRequest Request(string body) =>
        new(Path, "application/json", Encoding.UTF8.GetBytes(body), [(Header, Secret)]);

    /// <summary>Sends the request, expects 200 and the complete set of variables, and returns the variables.</summary>
    public static async Task<JsonObject> SendAndReadVariablesAsync(this SignedRequest request, HttpClient client)
    {
        using var answer = await request.SendAsync(client);
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var json = JsonNode.Parse(text)!.AsObject();
        Assert.Equal(["type", "dynamic_variables"], json.Select(field => field.Key));
        Assert.Equal("conversation_initiation_client_data", (string?)json["type"]);
        var variables = json["dynamic_variables"]!.AsObject();
        Assert.Equal(Names, variables.Select(variable => variable.Key));
        return variables;
    }

    /// <summary>The names of the variables in every answer.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "dealership_name", "agent_name", "is_known_caller", "lead_id", "lead_name", "text_count", "call_count", "channel_history",
        "last_contact", "last_conversation_summary", "earlier_conversations", "recent_messages", "known_facts", "do_not_ask", "open_promises",
        "opt_outs", "staff_notes",
    ];
}
