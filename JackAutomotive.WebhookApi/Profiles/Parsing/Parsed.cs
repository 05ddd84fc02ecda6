namespace JackAutomotive.WebhookApi.Profiles.Parsing;

/// <summary>What a parser made of a person's words.</summary>
/// <param name="Value">The value; null if the words could not be understood.</param>
/// <param name="Assumption">What the parser assumed because the words left it open; null if nothing.</param>
/// <param name="Problem">Why the words could not be understood; null if they were.</param>
internal sealed record Parsed(ProfileValue? Value, string? Assumption, string? Problem)
{
    public static Parsed Of(ProfileValue value, string? assumption = null) => new(value, assumption, null);

    public static Parsed Unclear(string problem) => new(null, null, problem);
}
