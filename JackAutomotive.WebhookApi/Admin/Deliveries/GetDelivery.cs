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
        TryParseId(id, out var number) && await deliveries.FindAsync(number, cancellationToken) is { } delivery
            ? TypedResults.Ok(delivery)
            : Problems.NoSuchDelivery();

    /// <summary>Parses the id in a path, which consists of digits only.</summary>
    public static bool TryParseId(string value, out long id) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out id);
}
