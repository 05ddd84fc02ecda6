namespace JackAutomotive.ProviderSimulator.Scenarios;

/// <summary>The direction of a call.</summary>
internal enum CallDirection
{
    /// <summary>The customer called the dealership.</summary>
    Inbound,

    /// <summary>The agent called the customer.</summary>
    Outbound,
}

/// <summary>The speaker of a turn.</summary>
internal enum Speaker
{
    /// <summary>The voice agent.</summary>
    Agent,

    /// <summary>The customer, or the person or machine that answers the customer's number.</summary>
    Customer,
}

/// <summary>
/// One conversation that fits any customer. Texts have gaps for the customer's facts; see <see cref="Person.Fill"/>.
/// </summary>
internal sealed record CallScript(string Name)
{
    public required CallDirection Direction { get; init; }

    /// <summary>ElevenLabs' term for the result of the call: <c>answered</c> or <c>voicemail</c>.</summary>
    public string CallResult { get; init; } = "answered";

    /// <summary>Free text in ElevenLabs' wording.</summary>
    public required string TerminationReason { get; init; }

    /// <summary><c>success</c>, <c>failure</c> or <c>unknown</c>.</summary>
    public required string CallSuccessful { get; init; }

    /// <summary>The reason for the value of <see cref="CallSuccessful"/>.</summary>
    public required string Rationale { get; init; }

    public required string Title { get; init; }

    public required string Summary { get; init; }

    /// <summary>The ids of the agent's fields that the conversation fills.</summary>
    public IReadOnlyCollection<string> Collected { get; init; } = [];

    public required IReadOnlyList<Line> Lines { get; init; }
}

/// <summary>One turn of a conversation.</summary>
/// <param name="Speaker">The speaker of the turn.</param>
/// <param name="Text">The spoken words; null for a silence or for a turn that only uses a tool.</param>
/// <param name="Tool">The tool that the agent uses in this turn.</param>
/// <param name="IntendedText">
/// The agent's full line if the customer interrupts the agent; <paramref name="Text"/> is the part that the customer heard.
/// </param>
internal sealed record Line(Speaker Speaker, string? Text, ToolUse? Tool = null, string? IntendedText = null)
{
    public static Line Agent(string text) => new(Speaker.Agent, text);

    public static Line Customer(string text) => new(Speaker.Customer, text);

    /// <summary>The customer says nothing.</summary>
    public static Line Silence() => new(Speaker.Customer, null);

    /// <summary>The customer interrupts the agent.</summary>
    public static Line Interrupted(string heard, string meant) => new(Speaker.Agent, heard, IntendedText: meant);

    /// <summary>The agent queries one of the dealership's systems. Parameters and result are JSON.</summary>
    public static Line Ask(string tool, string parameters, string result) =>
        new(Speaker.Agent, null, new ToolUse("webhook", tool, parameters, result, null));

    /// <summary>The agent uses a tool of the platform itself, which reports <paramref name="resultType"/>.</summary>
    public static Line UsePlatform(string tool, string parameters, string result, string resultType) =>
        new(Speaker.Agent, null, new ToolUse("system", tool, parameters, result, resultType));

    /// <summary>The agent hangs up.</summary>
    public static Line HangUp(string reason) =>
        UsePlatform("end_call", $$"""{"reason":"{{reason}}"}""", """{"status":"success"}""", "end_call_success");
}

/// <summary>One use of a tool.</summary>
/// <param name="Type"><c>webhook</c> or <c>system</c>.</param>
/// <param name="Name">The name of the tool.</param>
/// <param name="Params">The tool's parameters, as JSON.</param>
/// <param name="Result">The tool's answer, as JSON.</param>
/// <param name="ResultType">The type of the result; null unless the tool belongs to the platform.</param>
internal sealed record ToolUse(string Type, string Name, string Params, string Result, string? ResultType);
