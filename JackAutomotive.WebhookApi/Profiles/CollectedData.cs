namespace JackAutomotive.WebhookApi.Profiles;

/// <summary>One result of the provider's data collection.</summary>
/// <param name="Id">The id under which the agent is configured to collect it, for example <c>monthly_income</c>.</param>
/// <param name="Value">The value as text; null if the conversation does not mention it.</param>
/// <param name="Rationale">Why, in the provider's words.</param>
internal sealed record CollectedResult(string Id, string? Value, string? Rationale);

/// <summary>Turns the provider's data collection into statements about profile fields.</summary>
internal static class CollectedData
{
    private const double Confidence = 0.9;
    private const double AssumedConfidence = 0.7;
    private const double UnclearConfidence = 0;
    private const int MaxRawLength = 500;

    /// <summary>Returns one statement for each field with a value. Results that are no profile field are left out.</summary>
    /// <param name="results">The results as the provider sent them.</param>
    /// <param name="conversationId">The conversation.</param>
    /// <param name="saidAt">When the conversation was held.</param>
    public static IReadOnlyList<StatedValue> Read(IEnumerable<CollectedResult> results, string conversationId, DateTimeOffset saidAt)
    {
        var statements = new List<StatedValue>();
        foreach (var result in results)
        {
            if (result.Value?.Trim() is not { Length: > 0 } raw
                || ProfileFields.FindByProviderId(result.Id) is not { } field
                || statements.Exists(statement => statement.Field == field && statement.Parsed.Value is not null))
            {
                continue;
            }

            var parsed = field.Parse(raw, DateOnly.FromDateTime(saidAt.UtcDateTime));
            var confidence = parsed switch
            {
                { Value: null } => UnclearConfidence,
                { Assumption: not null } => AssumedConfidence,
                _ => Confidence,
            };
            statements.RemoveAll(statement => statement.Field == field);
            statements.Add(new StatedValue(
                field, ProfileSources.Provider, conversationId, Cut(raw), parsed, confidence, null, null, Cut(result.Rationale), saidAt));
        }

        return statements;
    }

    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(text))]
    private static string? Cut(string? text) => text is { Length: > MaxRawLength } ? text[..MaxRawLength] : text;
}
