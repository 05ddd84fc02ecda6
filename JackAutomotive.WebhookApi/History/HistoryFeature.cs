using JackAutomotive.Access;

namespace JackAutomotive.WebhookApi.History;

internal static class HistoryFeature
{
    /// <summary>Adds the history of leads: who or what changed which field.</summary>
    public static void AddHistory(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<HistoryStore>();
        builder.Services.AddSingleton<HistoryReader>();
    }

    public static void MapHistory(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/leads/{id}/history", GetHistory.Handle).WithTags("Leads").RequireAuthorization(ApiKeys.Read);
}
