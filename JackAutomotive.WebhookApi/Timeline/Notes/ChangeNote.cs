using System.Security.Claims;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Timeline.Notes;

/// <summary><c>PATCH /api/leads/{id}/notes/{noteId}</c></summary>
internal static class ChangeNote
{
    /// <summary>Changes a note in a person's name. A repetition of the same change changes nothing.</summary>
    public static async Task<Results<Ok<NoteDetails>, ValidationProblem, ProblemHttpResult>> Handle(
        string id,
        string noteId,
        JsonElement body,
        ClaimsPrincipal user,
        NoteStore notes,
        UnitOfWorkFactory works,
        CancellationToken cancellationToken)
    {
        var change = NoteChange.Read(body, out var errors);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        if (!LeadId.TryParse(id, null, out var lead) || !Guid.TryParse(noteId, out var note))
        {
            return Problems.NoSuchNote();
        }

        await using var work = await works.BeginAsync(deliveryId: null, cancellationToken);
        if (!await LeadLock.TryTakeAsync(work, lead, cancellationToken)
            || await notes.ChangeAsync(work, lead, note, change, user.Identity?.Name ?? "", cancellationToken) is not { } changed)
        {
            return Problems.NoSuchNote();
        }

        await work.CommitAsync(cancellationToken);
        return TypedResults.Ok(changed);
    }
}
