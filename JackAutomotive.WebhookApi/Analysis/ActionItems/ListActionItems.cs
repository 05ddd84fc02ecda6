using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Analysis.Results;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Analysis.ActionItems;

/// <summary>A page of action items.</summary>
/// <param name="Items">The items, newest first.</param>
/// <param name="Next">The value of <c>before</c> for the next page; null on the last page.</param>
internal sealed record ActionItemPage(IReadOnlyList<ActionItemDetails> Items, Guid? Next);

/// <summary><c>GET /api/leads/{id}/action-items?state=&amp;before=&amp;limit=</c></summary>
internal static class ListActionItems
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;

    /// <summary>Lists a lead's action items, newest first.</summary>
    public static async Task<Results<Ok<ActionItemPage>, ValidationProblem, ProblemHttpResult>> Handle(
        string id,
        ActionItemReader items,
        AnalysisReader analyses,
        CancellationToken cancellationToken,
        string? state = null,
        string? before = null,
        string? limit = null)
    {
        var errors = new Dictionary<string, string[]>();
        if (state is not (null or "open" or "done" or "withdrawn"))
        {
            errors["state"] = ["It must be 'open', 'done' or 'withdrawn', or left out for all."];
        }

        var page = PageRequest.Read(before, limit, DefaultLimit, MaxLimit, errors);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        if (!LeadId.TryParse(id, null, out var lead) || !await analyses.LeadExistsAsync(lead, cancellationToken))
        {
            return Problems.NoSuchLead();
        }

        var (found, next) = page.Cut(await items.ListAsync(lead, state, page.Before, page.Limit + 1, cancellationToken), item => item.Id);
        return TypedResults.Ok(new ActionItemPage(found, next));
    }
}
