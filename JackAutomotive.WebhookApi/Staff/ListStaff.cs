using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Staff;

/// <summary>A page of our staff.</summary>
/// <param name="Items">The people, in alphabetical order.</param>
/// <param name="Next">The value of <c>after</c> for the next page; null on the last page.</param>
internal sealed record StaffPage(IReadOnlyList<StaffDetails> Items, Guid? Next);

/// <summary><c>GET /api/staff?active=&amp;after=&amp;limit=</c> and <c>GET /api/staff/{id}</c></summary>
internal static class ListStaff
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 500;

    /// <summary>Lists our staff in alphabetical order.</summary>
    public static async Task<Results<Ok<StaffPage>, ValidationProblem>> List(
        StaffStore staff,
        CancellationToken cancellationToken,
        string? active = null,
        string? after = null,
        string? limit = null)
    {
        var errors = new Dictionary<string, string[]>();
        if (active is not (null or "true" or "false"))
        {
            errors["active"] = ["It must be 'true' or 'false', or left out for all."];
        }

        var afterId = Guid.Empty;
        if (after is not null && !Guid.TryParse(after, out afterId))
        {
            errors["after"] = ["It must be the value of 'next' on the previous page."];
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

        // One person more than requested shows whether there is another page.
        var isActive = active is null ? (bool?)null : active == "true";
        var found = await staff.ListAsync(isActive, after is null ? null : afterId, size + 1, cancellationToken);
        return TypedResults.Ok(found.Count > size ? new StaffPage([.. found.Take(size)], found[size - 1].Id) : new StaffPage(found, null));
    }

    /// <summary>Returns one member of staff.</summary>
    public static async Task<Results<Ok<StaffDetails>, ProblemHttpResult>> Get(string id, StaffStore staff, CancellationToken cancellationToken) =>
        Guid.TryParse(id, out var member) && await staff.FindAsync(member, cancellationToken) is { } found
            ? TypedResults.Ok(found)
            : Problems.NoSuchStaff();
}
