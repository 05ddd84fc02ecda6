using System.Text.Json.Nodes;
using JackAutomotive.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace JackAutomotive.WebhookApi.Profiles;

/// <summary>One field of a profile as our API shows it.</summary>
/// <param name="Name">The name of the field.</param>
/// <param name="Type">The type of the value.</param>
/// <param name="Value">The value that counts; null if none is known.</param>
/// <param name="Source">provider, extraction or person; null without a value.</param>
/// <param name="Confidence">From 0 to 1; null without a value.</param>
/// <param name="StatedAt">When the value was stated; null without a value.</param>
/// <param name="Statements">All statements, newest first, with those that do not count and those that could not be understood.</param>
internal sealed record ProfileFieldView(
    string Name,
    ProfileType Type,
    JsonNode? Value,
    string? Source,
    double? Confidence,
    DateTimeOffset? StatedAt,
    IReadOnlyList<StatementView> Statements);

/// <summary>One statement as our API shows it; see <see cref="StatedValue"/> and <see cref="Parsing.Parsed"/>.</summary>
internal sealed record StatementView(
    JsonNode? Value,
    string Raw,
    string? Problem,
    string? Assumption,
    string Source,
    double Confidence,
    string? ConversationId,
    ProfileEvidence? Evidence,
    string? Person,
    string? Reason,
    DateTimeOffset StatedAt);

/// <summary>A lead's profile: every field, known or not.</summary>
internal sealed record ProfileView(Guid LeadId, IReadOnlyList<ProfileFieldView> Fields)
{
    public static ProfileView Of(LeadId lead, StoredProfile profile) => new(
        lead.Value,
        [
            .. ProfileFields.All.Select(field =>
            {
                var value = profile.Fields.GetValueOrDefault(field);
                return new ProfileFieldView(
                    field.Name,
                    field.Type,
                    value?.Value.ToJson(),
                    value?.Source,
                    value?.Confidence,
                    value?.StatedAt,
                    [.. profile.Statements.Where(s => s.Field == field).OrderByDescending(s => s.StatedAt).ThenBy(s => s.Source).Select(View)]);
            }),
        ]);

    private static StatementView View(StatedValue statement) => new(
        statement.Parsed.Value?.ToJson(),
        statement.Raw,
        statement.Parsed.Problem,
        statement.Parsed.Assumption,
        statement.Source,
        statement.Confidence,
        statement.ConversationId is "" ? null : statement.ConversationId,
        statement.Evidence,
        statement.Person,
        statement.Reason,
        statement.StatedAt);
}

/// <summary><c>GET /api/leads/{id}/profile</c></summary>
internal static class GetProfile
{
    /// <summary>Returns the lead's profile, with every statement behind each value.</summary>
    public static async Task<Results<Ok<ProfileView>, ProblemHttpResult>> Handle(
        string id,
        NpgsqlDataSource database,
        CancellationToken cancellationToken) =>
        LeadId.TryParse(id, null, out var lead) && await ProfileStore.ReadAsync(database, lead, cancellationToken) is { } profile
            ? TypedResults.Ok(ProfileView.Of(lead, profile))
            : Problems.NoSuchLead();
}
