using System.Security.Claims;
using JackAutomotive.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Merging;

/// <summary><c>POST /api/leads/{id}/merge/undo</c></summary>
internal static class UndoMerge
{
    /// <summary>Undoes the newest merge into this lead, while nothing new has happened to the lead since.</summary>
    public static async Task<Results<Ok<Merge>, ProblemHttpResult>> Handle(
        string id,
        ClaimsPrincipal user,
        LeadMerging merging,
        CancellationToken cancellationToken)
    {
        if (!LeadId.TryParse(id, null, out var stays))
        {
            return Problems.NoSuchLead();
        }

        var (merge, problem) = await merging.UndoAsync(stays, user.Identity?.Name ?? "", cancellationToken);
        return problem is null ? TypedResults.Ok(merge) : problem;
    }
}
