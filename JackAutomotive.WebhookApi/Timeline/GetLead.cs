using JackAutomotive.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Timeline;

/// <summary><c>GET /api/leads/{id}</c></summary>
internal static class GetLead
{
    /// <summary>Returns one lead with its details and current watchers.</summary>
    public static async Task<Results<Ok<LeadDetails>, ProblemHttpResult>> Handle(
        string id,
        LeadReader leads,
        LeadWatchersReader watchers,
        CancellationToken cancellationToken)
    {
        if (!LeadId.TryParse(id, null, out var lead))
        {
            return Problems.NoSuchLead();
        }

        return await leads.FindAsync(lead, cancellationToken) is { } details
                ? TypedResults.Ok(details with { Watchers = await watchers.FindAsync(lead, cancellationToken) })
            : await leads.FindMergedIntoAsync(lead, cancellationToken) is { } mergedInto ? Problems.LeadIsMerged(mergedInto)
            : Problems.NoSuchLead();
    }
}
