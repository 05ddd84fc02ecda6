using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Alerts;

/// <summary><c>POST /api/alerts/{id}/acknowledge</c></summary>
internal static class AcknowledgeAlert
{
    /// <summary>Notes that a person takes care of an alert. The alert stays open until its cause is gone.</summary>
    public static async Task<Results<Ok<AlertDetails>, ProblemHttpResult>> Handle(
        string id,
        ClaimsPrincipal user,
        AlertReader alerts,
        CancellationToken cancellationToken) =>
        Guid.TryParse(id, out var alert) && await alerts.AcknowledgeAsync(alert, user.Identity?.Name ?? "", cancellationToken) is { } details
            ? TypedResults.Ok(details)
            : Problems.NoSuchAlert();
}
