using JackAutomotive.Contract;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Features.Leads;

/// <summary>A page of leads.</summary>
/// <param name="Items">Newest first.</param>
/// <param name="Next">Give this as <c>before</c> to get the next page; null on the last one.</param>
internal sealed record LeadPage(IReadOnlyList<LeadListItem> Items, Guid? Next);

/// <summary><c>GET /api/leads?phone=&amp;before=&amp;limit=</c></summary>
internal static class ListLeads
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;

    /// <summary>Lists leads, newest first.</summary>
    /// <param name="leads">Where they are read from.</param>
    /// <param name="cancellationToken">The caller went away.</param>
    /// <param name="phone">Only the one with this number, in any usual spelling.</param>
    /// <param name="before">Only those older than the lead with this id.</param>
    /// <param name="limit">1 to 200, 50 if left out.</param>
    public static async Task<Results<Ok<LeadPage>, ValidationProblem>> Handle(
        LeadReader leads,
        CancellationToken cancellationToken,
        string? phone = null,
        string? before = null,
        int limit = DefaultLimit)
    {
        var errors = new Dictionary<string, string[]>();
        PhoneNumber? number = null;
        LeadId? older = null;
        if (phone is not null)
        {
            number = PhoneNumber.TryParse(phone, out var parsed) ? parsed : null;
            AddErrorIf(errors, number is null, "phone", "This is no telephone number. Write it like +12025550123, the plus sign as %2B.");
        }

        if (before is not null)
        {
            older = LeadId.TryParse(before, null, out var parsed) ? parsed : null;
            AddErrorIf(errors, older is null, "before", "This is not a lead's id.");
        }

        AddErrorIf(errors, limit is < 1 or > MaxLimit, "limit", $"The limit must be from 1 to {MaxLimit}.");
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        // One more than asked for says whether there is another page.
        var found = await leads.ListAsync(older, number, limit + 1, cancellationToken);
        return found.Count > limit
            ? TypedResults.Ok(new LeadPage([.. found.Take(limit)], found[limit - 1].Id))
            : TypedResults.Ok(new LeadPage(found, null));
    }

    private static void AddErrorIf(Dictionary<string, string[]> errors, bool isWrong, string name, string message)
    {
        if (isWrong)
        {
            errors.Add(name, [message]);
        }
    }
}
