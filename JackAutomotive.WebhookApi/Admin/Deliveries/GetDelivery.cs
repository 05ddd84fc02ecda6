using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Features.Deliveries;

/// <summary><c>GET /api/deliveries/{id}</c></summary>
internal static class GetDelivery
{
    /// <summary>Shows one delivery with its attempts, what it caused, and its body.</summary>
    public static async Task<Results<Ok<DeliveryDetails>, ProblemHttpResult>> Handle(
        string id,
        DeliveryReader deliveries,
        CancellationToken cancellationToken) =>
        TryReadId(id, out var number) && await deliveries.FindAsync(number, cancellationToken) is { } delivery
            ? TypedResults.Ok(delivery)
            : Problems.NoSuchDelivery();

    /// <summary>What is no number names no delivery.</summary>
    public static bool TryReadId(string text, out long id) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id);
}
