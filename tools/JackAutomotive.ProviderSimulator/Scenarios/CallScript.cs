namespace JackAutomotive.ProviderSimulator.Scenarios;

/// <summary>Who called whom.</summary>
internal enum CallDirection
{
    /// <summary>The customer called the dealership.</summary>
    Inbound,

    /// <summary>The agent called the customer.</summary>
    Outbound,
}

/// <summary>Who speaks.</summary>
internal enum Speaker
{
    /// <summary>The voice agent.</summary>
    Agent,

    /// <summary>The person at the other end.</summary>
    Customer,
}

/// <summary>
/// One conversation as it goes with anybody. Texts have gaps for the person's facts, see <see cref="Person.Fill"/>.
/// </summary>
internal sealed record CallScript(string Name)
{
    public required CallDirection Direction { get; init; }

    /// <summary>ElevenLabs' word for how the call was taken: <c>answered</c> or <c>voicemail</c>.</summary>
    public string CallResult { get; init; } = "answered";

    /// <summary>Free text, as ElevenLabs writes it.</summary>
    public required string TerminationReason { get; init; }

    /// <summary><c>success</c>, <c>failure</c> or <c>unknown</c>.</summary>
    public required string CallSuccessful { get; init; }

    /// <summary>Why the call was judged so.</summary>
    public required string Rationale { get; init; }

    public required string Title { get; init; }

    public required string Summary { get; init; }

    /// <summary>Which of the agent's fields the conversation fills, by id.</summary>
    public IReadOnlyCollection<string> Collected { get; init; } = [];

    public required IReadOnlyList<Line> Lines { get; init; }
}

/// <summary>One turn of a conversation.</summary>
/// <param name="Speaker">Whose turn it is.</param>
/// <param name="Text">What is said, or null: a silence, or a turn that only uses a tool.</param>
/// <param name="Tool">The tool that the agent uses in this turn.</param>
/// <param name="CutOff">What the agent meant to say when the customer cut in; <paramref name="Text"/> is what was heard of it.</param>
internal sealed record Line(Speaker Speaker, string? Text, ToolUse? Tool = null, string? CutOff = null)
{
    public static Line Agent(string text) => new(Speaker.Agent, text);

    public static Line Customer(string text) => new(Speaker.Customer, text);

    /// <summary>The customer says nothing.</summary>
    public static Line Silence() => new(Speaker.Customer, null);

    /// <summary>The agent is cut off.</summary>
    public static Line Interrupted(string heard, string meant) => new(Speaker.Agent, heard, CutOff: meant);

    /// <summary>The agent asks one of the dealership's systems. Parameters and result are JSON.</summary>
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
/// <param name="Name">The tool.</param>
/// <param name="Params">Its parameters, as JSON.</param>
/// <param name="Result">What it answered.</param>
/// <param name="ResultType">For a tool of the platform: its kind of result.</param>
internal sealed record ToolUse(string Type, string Name, string Params, string Result, string? ResultType);
