using System.Globalization;
using JackAutomotive.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.History;

/// <summary>A page of a lead's history.</summary>
/// <param name="Items">The changes, newest first.</param>
/// <param name="Next">The value of <c>before</c> for the next page; null on the last page.</param>
internal sealed record HistoryPage(IReadOnlyList<HistoryItem> Items, long? Next);

/// <summary><c>GET /api/leads/{id}/history?before=&amp;limit=</c></summary>
internal static class GetHistory
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;

    /// <summary>Lists who or what changed which field of the lead, newest first.</summary>
    public static async Task<Results<Ok<HistoryPage>, ValidationProblem, ProblemHttpResult>> Handle(
        string id,
        HistoryReader history,
        CancellationToken cancellationToken,
        string? before = null,
        int limit = DefaultLimit)
    {
        var errors = new Dictionary<string, string[]>();
        long? beforeId = null;
        if (before is not null)
        {
            beforeId = long.TryParse(before, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : null;
            if (beforeId is null)
            {
                errors.Add("before", ["This is not the id of a change. Use the value of 'next' of the page before."]);
            }
        }

        if (limit is < 1 or > MaxLimit)
        {
            errors.Add("limit", [$"The limit must be from 1 to {MaxLimit}."]);
        }

        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        // One change more than requested shows whether there is another page.
        if (!LeadId.TryParse(id, null, out var lead) || await history.ListAsync(lead, beforeId, limit + 1, cancellationToken) is not { } found)
        {
            return Problems.NoSuchLead();
        }

        return found.Count > limit
            ? TypedResults.Ok(new HistoryPage(found[..limit], found[limit - 1].Id))
            : TypedResults.Ok(new HistoryPage(found, null));
    }
}
