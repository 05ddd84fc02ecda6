using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Admin.Deliveries;

/// <summary><c>POST /api/deliveries/{id}/replay</c></summary>
internal static class ReplayDelivery
{
    /// <summary>
    /// Replays a parked or done delivery at once. A replay does not repeat earlier effects, because handlers check what is stored.
    /// </summary>
    public static async Task<Results<Accepted<DeliveryDetails>, ProblemHttpResult>> Handle(
        string id,
        ClaimsPrincipal user,
        DeliveryReplays replays,
        DeliveryReader deliveries,
        CancellationToken cancellationToken)
    {
        if (!GetDelivery.TryParseId(id, out var number))
        {
            return Problems.NoSuchDelivery();
        }

        return await replays.ReplayAsync(number, user.Identity?.Name ?? "", cancellationToken) switch
        {
            ReplayResult.Due when await deliveries.FindAsync(number, cancellationToken) is { } delivery =>
                TypedResults.Accepted($"/api/deliveries/{number}", delivery),
            ReplayResult.Pending => Problems.DeliveryIsPending(),
            ReplayResult.Erased => Problems.DeliveryIsErased(),
            _ => Problems.NoSuchDelivery(),
        };
    }
}
