using System.Security.Claims;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Scoring.Facts;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace JackAutomotive.WebhookApi.Scoring.Funding;

/// <summary>
/// <c>PUT /api/leads/{id}/documents/{kind}</c>: staff record a document.
/// <code>{"state": "received", "note": "Two pay stubs of October."}</code>
/// </summary>
internal static class RecordDocument
{
    private const int MaxNoteLength = 500;

    /// <summary>Stores the state of the document and returns the lead's standing. A request that changes nothing leaves no trace.</summary>
    public static async Task<Results<Ok<StandingView>, ValidationProblem, ProblemHttpResult>> Handle(
        string id,
        string kind,
        JsonElement body,
        ClaimsPrincipal user,
        UnitOfWorkFactory unitsOfWork,
        DocumentStore documents,
        StandingUpdater standings,
        NpgsqlDataSource database,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        var documentKind = DocumentKinds.Find(kind);
        if (documentKind is null)
        {
            errors["kind"] = [$"There is no such document. The documents are {string.Join(", ", DocumentKinds.Names)}."];
        }

        var (state, note) = ReadBody(body, errors);
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
            if (await LeadFactsReader.ReadForUpdateAsync(work, lead, cancellationToken) is not { } stored)
            {
                return Problems.NoSuchLead();
            }

            var before = stored.Facts.Documents.GetValueOrDefault(documentKind!.Value);
            if (before is null || before.State != state || before.Note != note)
            {
                var after = new StoredDocument(state!.Value, note, user.Identity?.Name ?? "", time.GetUtcNow());
                await documents.SaveAsync(work, lead, documentKind.Value, before, after, cancellationToken);
                await standings.UpdateAsync(work, [stored.With(documentKind.Value, after)], cancellationToken);
                await work.CommitAsync(cancellationToken);
            }
        }

        return await GetStanding.FindAsync(database, lead, time, cancellationToken) is { } standing
            ? TypedResults.Ok(standing)
            : Problems.NoSuchLead();
    }

    private static (DocumentState? State, string? Note) ReadBody(JsonElement body, Dictionary<string, string[]> errors)
    {
        var (state, note) = ((DocumentState?)null, (string?)null);
        if (body.ValueKind != JsonValueKind.Object || !RequestJson.IsReadable(body))
        {
            errors["body"] = ["It must be a JSON object such as {\"state\": \"received\"}."];
            return (null, null);
        }

        foreach (var property in body.EnumerateObject())
        {
            switch (property.Name)
            {
                case "state" when property.Value.ValueKind == JsonValueKind.String && DocumentStates.Find(property.Value.GetString()!) is { } known:
                    state = known;
                    break;
                case "note" when property.Value.ValueKind == JsonValueKind.String && property.Value.GetString()!.Length <= MaxNoteLength:
                    note = PlainText.Clean(property.Value.GetString());
                    break;
                case "note" when property.Value.ValueKind == JsonValueKind.Null:
                    break;
                case "state":
                    break;
                case "note":
                    errors["note"] = [$"It must be a text of at most {MaxNoteLength} characters."];
                    break;
                default:
                    errors[property.Name] = ["There is no such property. The properties are state and note."];
                    break;
            }
        }

        if (state is null)
        {
            errors["state"] = [$"It must be one of {string.Join(", ", DocumentStates.Names)}."];
        }

        return (state, note);
    }
}
