using System.Security.Claims;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Timeline.Notes;

/// <summary><c>POST /api/leads/{id}/notes</c></summary>
internal static class AddNote
{
    /// <summary>Adds a note in a person's name.</summary>
    public static async Task<Results<Created<NoteDetails>, ValidationProblem, ProblemHttpResult>> Handle(
        string id,
        JsonElement body,
        ClaimsPrincipal user,
        NoteStore notes,
        UnitOfWorkFactory works,
        CancellationToken cancellationToken)
    {
        var note = NoteChange.ReadNew(body, out var errors);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        if (!LeadId.TryParse(id, null, out var lead))
        {
            return Problems.NoSuchLead();
        }

        await using var work = await works.BeginAsync(deliveryId: null, cancellationToken);
        if (!await LeadLock.TryTakeAsync(work, lead, cancellationToken))
        {
            return Problems.NoSuchLead();
        }

        var added = await notes.AddAsync(work, lead, note, user.Identity?.Name ?? "", cancellationToken);
        await work.CommitAsync(cancellationToken);
        return TypedResults.Created($"/api/leads/{lead}/notes/{added.Id}", added);
    }
}
