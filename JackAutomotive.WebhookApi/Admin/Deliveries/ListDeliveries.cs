using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Admin.Deliveries;

/// <summary>
/// <c>GET /api/deliveries</c> with the criteria of <see cref="DeliveryFilter"/>, for example <c>?state=parked&amp;limit=20</c>.
/// </summary>
internal static class ListDeliveries
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;

    /// <summary>Lists deliveries, newest first, without their bodies.</summary>
    public static async Task<Results<Ok<DeliveryPage>, ValidationProblem>> Handle(
        HttpRequest request,
        DeliveryReader deliveries,
        CancellationToken cancellationToken)
    {
        var fields = request.Query.Select(field => KeyValuePair.Create(field.Key, field.Value.ToString()));
        var filter = DeliveryFilter.Read(fields, DefaultLimit, MaxLimit, out var errors);
        return errors.Count > 0
            ? TypedResults.ValidationProblem(errors)
            : TypedResults.Ok(await deliveries.ListAsync(filter, cancellationToken));
    }
}
