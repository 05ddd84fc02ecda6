using JackAutomotive.Access;

namespace JackAutomotive.WebhookApi.Timeline;

internal static class TimelineFeature
{
    public static void AddTimeline(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<LeadReader>();
        builder.Services.AddSingleton<LeadWatchersReader>();
    }

    public static void MapTimeline(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/leads").WithTags("Leads").RequireAuthorization(ApiKeys.Read);

        group.MapGet("", ListLeads.Handle);
        group.MapGet("/{id}", GetLead.Handle);
    }
}
