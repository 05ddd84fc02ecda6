using JackAutomotive.Access;

namespace JackAutomotive.WebhookApi.Admin.Spool;

internal static class SpoolFeature
{
    /// <summary>Maps the list of kept deliveries and the command that takes them in again.</summary>
    public static void MapSpool(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/spool/kept").WithTags("Deliveries").RequireAuthorization(ApiKeys.Admin);

        group.MapGet("", ListKeptDeliveries.Handle);
        group.MapPost("/{name}/retry", RetryKeptDelivery.Handle);
    }
}
