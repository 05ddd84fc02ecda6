using JackAutomotive.WebhookApi.Analysis;
using JackAutomotive.WebhookApi.Identification.Unassigned;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace JackAutomotive.WebhookApi.Merging.Unassigned;

/// <summary>A page of contacts that wait for a person.</summary>
/// <param name="Items">The contacts, newest first.</param>
/// <param name="Next">The value of <c>before</c> for the next page; null on the last page.</param>
internal sealed record UnassignedPage(IReadOnlyList<UnassignedContact> Items, Guid? Next);

/// <summary><c>GET /api/leads/unassigned?before=&amp;limit=</c></summary>
internal static class ListUnassigned
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;

    /// <summary>Lists the calls and conversations whose clues do not name one lead, newest first, while no person has decided.</summary>
    public static async Task<Results<Ok<UnassignedPage>, ValidationProblem>> Handle(
        NpgsqlDataSource database,
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

        // One contact more than requested shows whether there is another page.
        var found = await UnassignedStore.ListAsync(database, page.Before, page.Limit + 1, cancellationToken);
        return TypedResults.Ok(found.Count > page.Limit
            ? new UnassignedPage([.. found.Take(page.Limit)], found[page.Limit - 1].Id)
            : new UnassignedPage(found, null));
    }
}
