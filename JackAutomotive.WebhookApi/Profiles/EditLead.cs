using System.Security.Claims;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Profiles.Parsing;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace JackAutomotive.WebhookApi.Profiles;

/// <summary>
/// <c>PATCH /api/leads/{id}</c> with a person's edits:
/// <code>{"fields": {"monthlyIncome": 3200, "name": "Maria Lopez", "tradeIn": null}, "reason": "She told me at the desk."}</code>
/// A value is typed as in the profile, or words as people say them. Null withdraws the edit, so that the newest other value counts again.
/// </summary>
internal static class EditLead
{
    private const int MaxReasonLength = 500;
    private const int MaxRawLength = 500;

    /// <summary>Stores the edits, all or none, and returns the profile.</summary>
    public static async Task<Results<Ok<ProfileView>, ValidationProblem, ProblemHttpResult>> Handle(
        string id,
        JsonElement body,
        ClaimsPrincipal user,
        UnitOfWorkFactory unitsOfWork,
        ProfileUpdater profiles,
        NpgsqlDataSource database,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        var now = time.GetUtcNow();
        var edits = ReadEdits(body, user.Identity?.Name ?? "", now, errors);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        if (!LeadId.TryParse(id, null, out var lead))
        {
            return Problems.NoSuchLead();
        }

        await using (var work = await unitsOfWork.BeginAsync(null, cancellationToken))
        {
            if (await ProfileStore.ReadForUpdateAsync(work, lead, cancellationToken) is null)
            {
                return Problems.NoSuchLead();
            }

            foreach (var (field, value) in edits)
            {
                await (value is null
                    ? ProfileStore.WithdrawAsync(work, lead, field, cancellationToken)
                    : ProfileStore.AddAsync(work, lead, [value], cancellationToken));
            }

            await profiles.UpdateAsync(work, lead, cancellationToken);
            await work.CommitAsync(cancellationToken);
        }

        return await ProfileStore.ReadAsync(database, lead, cancellationToken) is { } profile
            ? TypedResults.Ok(ProfileView.Of(lead, profile))
            : Problems.NoSuchLead();
    }

    private static List<(ProfileField Field, StatedValue? Value)> ReadEdits(
        JsonElement body,
        string person,
        DateTimeOffset now,
        Dictionary<string, string[]> errors)
    {
        var edits = new List<(ProfileField, StatedValue?)>();
        if (body.ValueKind != JsonValueKind.Object || !RequestJson.IsReadable(body))
        {
            errors["body"] = ["It must be a JSON object such as {\"fields\": {\"monthlyIncome\": 3200}}."];
            return edits;
        }

        string? reason = null;
        JsonElement? fields = null;
        foreach (var property in body.EnumerateObject())
        {
            switch (property.Name)
            {
                case "fields" when property.Value.ValueKind == JsonValueKind.Object:
                    fields = property.Value;
                    break;
                case "fields":
                    errors["fields"] = ["It must be an object with the fields to edit, such as {\"monthlyIncome\": 3200}."];
                    break;
                case "reason" when property.Value.ValueKind == JsonValueKind.Null:
                    break;
                case "reason" when property.Value.ValueKind == JsonValueKind.String && property.Value.GetString()!.Length <= MaxReasonLength:
                    reason = property.Value.GetString();
                    break;
                case "reason":
                    errors["reason"] = [$"It must be a text of at most {MaxReasonLength} characters."];
                    break;
                default:
                    errors[property.Name] = ["There is no such property. The properties are fields and reason."];
                    break;
            }
        }

        if (fields is null && errors.Count == 0)
        {
            errors["fields"] = ["It is missing. Give the fields to edit, such as {\"monthlyIncome\": 3200}."];
        }

        foreach (var property in fields?.EnumerateObject() ?? default)
        {
            if (ProfileFields.Find(property.Name) is not { } field)
            {
                errors[$"fields.{property.Name}"] =
                    [$"There is no such field. The fields are {string.Join(", ", ProfileFields.All.Select(known => known.Name))}."];
            }
            else if (property.Value.ValueKind == JsonValueKind.Null)
            {
                edits.Add((field, null));
            }
            else if (ReadValue(field, property.Value, DateOnly.FromDateTime(now.UtcDateTime)) is { Value: not null } parsed)
            {
                var raw = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : property.Value.GetRawText();
                edits.Add((field, new StatedValue(
                    field, ProfileSources.Person, "", raw.Length > MaxRawLength ? raw[..MaxRawLength] : raw, parsed, 1, null, person, reason, now)));
            }
            else
            {
                var problem = ReadValue(field, property.Value, DateOnly.FromDateTime(now.UtcDateTime)).Problem;
                errors[$"fields.{property.Name}"] = [$"{problem} Write it like this: {field.Expected}."];
            }
        }

        return edits;
    }

    // A typed value is taken to the letter. Words go through the parser of the field.
    private static Parsed ReadValue(ProfileField field, JsonElement json, DateOnly today) => json.ValueKind switch
    {
        JsonValueKind.String => field.Parse(json.GetString()!, today),
        JsonValueKind.Object when ProfileValues.TryRead(field.Type, json) is VehicleValue { Text: var vehicle } => field.Parse(vehicle, today),
        JsonValueKind.Object when ProfileValues.TryRead(field.Type, json) is TradeInValue { Has: true, Text: { } vehicle } =>
            field.Parse($"yes, {vehicle}", today),
        _ when ProfileValues.TryRead(field.Type, json) is { } value => Parsed.Of(value),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => Parsed.Unclear("The value is not possible."),
        _ => Parsed.Unclear("The value has the wrong type."),
    };
}
