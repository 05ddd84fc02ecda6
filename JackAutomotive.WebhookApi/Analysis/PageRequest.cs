using System.Globalization;

namespace JackAutomotive.WebhookApi.Analysis;

/// <summary>Which page of a list a caller asks for.</summary>
/// <param name="Before">The id of the last item of the previous page; null for the first page.</param>
/// <param name="Limit">The page size.</param>
internal readonly record struct PageRequest(Guid? Before, int Limit)
{
    /// <summary>Reads the query parameters <c>before</c> and <c>limit</c>, and adds an error for each wrong one.</summary>
    public static PageRequest Read(string? before, string? limit, int defaultLimit, int maxLimit, Dictionary<string, string[]> errors)
    {
        var beforeId = default(Guid?);
        if (before is not null)
        {
            beforeId = Guid.TryParse(before, out var parsed) ? parsed : null;
            if (beforeId is null)
            {
                errors["before"] = ["It must be the id that the previous page gave as next."];
            }
        }

        var size = defaultLimit;
        if (limit is not null && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out size) || size < 1 || size > maxLimit))
        {
            errors["limit"] = [$"The limit must be a number from 1 to {maxLimit}."];
        }

        return new PageRequest(beforeId, size);
    }

    /// <summary>Cuts what a query found to this page. The query asks for one item more than the limit, which shows that there is another page.</summary>
    /// <returns>The items of the page, and the value of <c>before</c> for the next page; null on the last page.</returns>
    public (IReadOnlyList<T> Items, Guid? Next) Cut<T>(IReadOnlyList<T> found, Func<T, Guid> idOf) =>
        found.Count > Limit ? ([.. found.Take(Limit)], idOf(found[Limit - 1])) : (found, null);
}
