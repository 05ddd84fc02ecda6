using JackAutomotive.Contract;

namespace JackAutomotive.WebhookApi.Features.Leads;

internal static class LeadsFeature
{
    public static void AddLeads(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<LeadStore>();
        builder.Services.AddSingleton<LeadMatcher>();
        builder.Services.AddSingleton<LeadReader>();
        builder.Services.AddSingleton<LeadWatchersReader>();
    }

    public static void MapLeads(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/leads").WithTags("Leads").RequireAuthorization(ApiKeys.Read);

        group.MapGet("", ListLeads.Handle);
        group.MapGet("/{id}", GetLead.Handle);
    }
}
