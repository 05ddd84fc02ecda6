using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Features.Deliveries;

/// <summary><c>POST /api/deliveries/{id}/replay</c></summary>
internal static class ReplayDelivery
{
    /// <summary>
    /// Has a parked or done delivery handled again, at once. What it caused before is not caused twice: handlers know what is stored.
    /// </summary>
    public static async Task<Results<Accepted<DeliveryDetails>, ProblemHttpResult>> Handle(
        string id,
        ClaimsPrincipal user,
        DeliveryReplays replays,
        DeliveryReader deliveries,
        CancellationToken cancellationToken)
    {
        if (!GetDelivery.TryReadId(id, out var number))
        {
            return Problems.NoSuchDelivery();
        }

        return await replays.ReplayAsync(number, user.Identity?.Name ?? "", cancellationToken) switch
        {
            true when await deliveries.FindAsync(number, cancellationToken) is { } delivery =>
                TypedResults.Accepted($"/api/deliveries/{number}", delivery),
            false => Problems.DeliveryIsPending(),
            _ => Problems.NoSuchDelivery(),
        };
    }
}
