using JackAutomotive.Access;

namespace JackAutomotive.WebhookApi.Admin.Deliveries;

internal static class DeliveriesFeature
{
    /// <summary>Adds the search, the counters and the replay of deliveries.</summary>
    public static void AddDeliveries(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<DeliveryReader>();
        builder.Services.AddSingleton<DeliveryReplays>();
        builder.Services.AddSingleton<CountDeliveries>();
    }

    public static void MapDeliveries(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/deliveries").WithTags("Deliveries").RequireAuthorization(ApiKeys.Admin);

        group.MapGet("", ListDeliveries.Handle);
        group.MapGet("/counters", CountDeliveries.Handle);
        group.MapGet("/{id}", GetDelivery.Handle);
        group.MapPost("/replay", ReplayDeliveries.Handle);
        group.MapPost("/{id}/replay", ReplayDelivery.Handle);
    }
}
