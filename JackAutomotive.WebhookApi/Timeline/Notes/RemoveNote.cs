using System.Security.Claims;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Timeline.Notes;

/// <summary><c>DELETE /api/leads/{id}/notes/{noteId}</c></summary>
internal static class RemoveNote
{
    /// <summary>Removes a note with its words.</summary>
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        string id,
        string noteId,
        ClaimsPrincipal user,
        NoteStore notes,
        UnitOfWorkFactory works,
        CancellationToken cancellationToken)
    {
        if (!LeadId.TryParse(id, null, out var lead) || !Guid.TryParse(noteId, out var note))
        {
            return Problems.NoSuchNote();
        }

        await using var work = await works.BeginAsync(deliveryId: null, cancellationToken);
        if (!await LeadLock.TryTakeAsync(work, lead, cancellationToken)
            || !await notes.RemoveAsync(work, lead, note, user.Identity?.Name ?? "", cancellationToken))
        {
            return Problems.NoSuchNote();
        }

        await work.CommitAsync(cancellationToken);
        return TypedResults.NoContent();
    }
}
