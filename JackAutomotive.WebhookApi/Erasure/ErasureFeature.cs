using JackAutomotive.Access;

namespace JackAutomotive.WebhookApi.Erasure;

internal static class ErasureFeature
{
    public static void AddErasure(this IHostApplicationBuilder builder) => builder.Services.AddSingleton<LeadErasure>();

    public static void MapErasure(this IEndpointRouteBuilder routes) =>
        routes.MapDelete("/api/leads/{id}", EraseLead.Handle).WithTags("Leads").RequireAuthorization(ApiKeys.Admin);
}
