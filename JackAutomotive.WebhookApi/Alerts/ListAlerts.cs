using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Alerts;

/// <summary>A page of alerts.</summary>
/// <param name="Items">The alerts, newest first.</param>
/// <param name="Next">The value of <c>before</c> for the next page; null on the last page.</param>
internal sealed record AlertPage(IReadOnlyList<AlertDetails> Items, Guid? Next);

/// <summary><c>GET /api/alerts?all=&amp;kind=&amp;before=&amp;limit=</c></summary>
internal static class ListAlerts
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 200;

    /// <summary>Lists the open alerts, or with <c>all=true</c> also those that are cleared.</summary>
    public static async Task<Results<Ok<AlertPage>, ValidationProblem>> Handle(
        AlertReader alerts,
        CancellationToken cancellationToken,
        string? all = null,
        string? kind = null,
        string? before = null,
        string? limit = null)
    {
        var errors = new Dictionary<string, string[]>();
        var withCleared = all is "true" or "";
        if (all is not (null or "true" or "false" or ""))
        {
            errors["all"] = ["It must be 'true' or 'false'."];
        }

        if (kind?.Contains('\0') is true)
        {
            errors["kind"] = ["It must be a kind of alert, such as dead_letters."];
        }

        var beforeAlert = Guid.TryParse(before, out var parsed) ? parsed : (Guid?)null;
        if (before is not null && beforeAlert is null)
        {
            errors["before"] = ["It must be the id that the previous page gave as next."];
        }

        var size = DefaultLimit;
        if (limit is not null && (!int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out size) || size is < 1 or > MaxLimit))
        {
            errors["limit"] = [$"The limit must be a number from 1 to {MaxLimit}."];
        }

        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        // One alert more than requested shows whether there is another page.
        var found = await alerts.ListAsync(withCleared, kind, beforeAlert, size + 1, cancellationToken);
        return TypedResults.Ok(found.Count > size ? new AlertPage([.. found.Take(size)], found[size - 1].Id) : new AlertPage(found, null));
    }
}
