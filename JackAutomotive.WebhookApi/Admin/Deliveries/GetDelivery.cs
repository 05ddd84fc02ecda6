using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Admin.Deliveries;

/// <summary><c>GET /api/deliveries/{id}</c></summary>
internal static class GetDelivery
{
    /// <summary>Shows one delivery with its attempts, the lead events that it caused, and its body.</summary>
    public static async Task<Results<Ok<DeliveryDetails>, ProblemHttpResult>> Handle(
        string id,
        DeliveryReader deliveries,
        CancellationToken cancellationToken) =>
        TryReadId(id, out var number) && await deliveries.FindAsync(number, cancellationToken) is { } delivery
            ? TypedResults.Ok(delivery)
            : Problems.NoSuchDelivery();

    /// <summary>Reads an id from the path. A text that is not a number names no delivery.</summary>
    public static bool TryReadId(string text, out long id) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id);
}
