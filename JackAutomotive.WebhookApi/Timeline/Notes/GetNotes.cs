using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Analysis;
using JackAutomotive.WebhookApi.Analysis.Results;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Timeline.Notes;

/// <summary>A page of notes.</summary>
/// <param name="Items">The notes: pinned ones first, then the newest first.</param>
/// <param name="Next">The value of <c>before</c> for the next page; null on the last page.</param>
internal sealed record NotePage(IReadOnlyList<NoteDetails> Items, Guid? Next);

/// <summary><c>GET /api/leads/{id}/notes?before=&amp;limit=</c> and <c>GET /api/leads/{id}/notes/{noteId}</c></summary>
internal static class GetNotes
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;

    /// <summary>Lists a lead's notes: pinned ones first, then the newest first.</summary>
    public static async Task<Results<Ok<NotePage>, ValidationProblem, ProblemHttpResult>> List(
        string id,
        NoteStore notes,
        AnalysisReader analyses,
        CancellationToken cancellationToken,
        string? before = null,
        string? limit = null)
    {
        var errors = new Dictionary<string, string[]>();
        var page = PageRequest.Read(before, limit, DefaultLimit, MaxLimit, errors);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        if (!LeadId.TryParse(id, null, out var lead) || !await analyses.LeadExistsAsync(lead, cancellationToken))
        {
            return Problems.NoSuchLead();
        }

        // One note more than requested shows whether there is another page.
        var found = await notes.ListAsync(lead, page.Before, page.Limit + 1, cancellationToken);
        return TypedResults.Ok(found.Count > page.Limit
            ? new NotePage([.. found.Take(page.Limit)], found[page.Limit - 1].Id)
            : new NotePage(found, null));
    }

    /// <summary>Returns one note of a lead.</summary>
    public static async Task<Results<Ok<NoteDetails>, ProblemHttpResult>> Get(
        string id,
        string noteId,
        NoteStore notes,
        CancellationToken cancellationToken) =>
        LeadId.TryParse(id, null, out var lead) && Guid.TryParse(noteId, out var note)
        && await notes.FindAsync(lead, note, cancellationToken) is { } found
            ? TypedResults.Ok(found)
            : Problems.NoSuchNote();
}
