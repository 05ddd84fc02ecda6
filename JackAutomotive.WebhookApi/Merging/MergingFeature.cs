using JackAutomotive.Access;
using JackAutomotive.WebhookApi.Merging.Unassigned;

namespace JackAutomotive.WebhookApi.Merging;

internal static class MergingFeature
{
    /// <summary>Adds what people decide about who a lead is: merges, and contacts that the clues assign to no lead for certain.</summary>
    public static void AddMerging(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<MergeStore>();
        builder.Services.AddSingleton<LeadMerging>();
        builder.Services.AddSingleton<ContactAssignment>();
    }

    public static void MapMerging(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/leads").WithTags("Leads");

        group.MapPost("/{id}/merge", MergeLeads.Handle).RequireAuthorization(ApiKeys.Write);
        group.MapPost("/{id}/merge/undo", UndoMerge.Handle).RequireAuthorization(ApiKeys.Write);
        group.MapGet("/unassigned", ListUnassigned.Handle).RequireAuthorization(ApiKeys.Read);
        group.MapPost("/unassigned/{id}/resolve", ResolveUnassigned.Handle).RequireAuthorization(ApiKeys.Write);
    }
}
