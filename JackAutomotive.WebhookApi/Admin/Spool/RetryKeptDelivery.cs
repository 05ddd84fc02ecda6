using System.Security.Claims;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Inbox.Spool;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Admin.Spool;

/// <summary><c>POST /api/spool/kept/{name}/retry</c></summary>
internal static class RetryKeptDelivery
{
    /// <summary>
    /// Moves the deliveries of a kept file to the inbox. What still cannot be moved stays kept. A delivery that is in the inbox already
    /// changes nothing.
    /// </summary>
    public static async Task<Results<Ok<KeptRetry>, ProblemHttpResult>> Handle(
        string name,
        ClaimsPrincipal user,
        HttpResponse response,
        KeptRetries retries,
        CancellationToken cancellationToken)
    {
        try
        {
            return await retries.RetryAsync(name, user.Identity?.Name ?? "", cancellationToken) switch
            {
                null => Problems.NoSuchKeptDelivery(),
                { Moved: 0, Queued: 0, Reason: { } reason } => Problems.KeptDeliveryRefused(reason),
                var retry => TypedResults.Ok(retry),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException || DatabaseErrors.IsOutage(e))
        {
            return Problems.KeptDeliveryWaits(response);
        }
    }
}
