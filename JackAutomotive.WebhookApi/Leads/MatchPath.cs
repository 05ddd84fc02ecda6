using System.Text.Json;

namespace JackAutomotive.WebhookApi.Leads;

/// <summary>A strong clue that names another lead than the stronger clue that decided.</summary>
/// <param name="Clue">The name of the clue.</param>
/// <param name="LeadId">The lead that the clue names.</param>
internal sealed record Contradiction(string Clue, Guid LeadId);

/// <summary>How the lead of a call or a conversation was identified.</summary>
/// <param name="MatchedBy">The name of the clue that decided.</param>
/// <param name="Contradictions">The weaker clues that name another lead, in the order of their weight.</param>
internal sealed record MatchPath(string MatchedBy, IReadOnlyList<Contradiction> Contradictions)
{
    /// <summary>The contradictions as they are stored; null if there is none.</summary>
    public string? ContradictionsJson =>
        Contradictions.Count == 0 ? null : JsonSerializer.Serialize(Contradictions, JsonSerializerOptions.Web);

    /// <summary>Restores stored contradictions.</summary>
    public static IReadOnlyList<Contradiction> ParseContradictions(string? json) =>
        json is null ? [] : JsonSerializer.Deserialize<List<Contradiction>>(json, JsonSerializerOptions.Web) ?? [];
}
