using JackAutomotive.Access;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Briefing;

internal static class BriefingFeature
{
    public static void AddBriefing(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<BriefingOptions>, ValidateBriefingOptions>();
        builder.Services.AddOptionsWithValidateOnStart<BriefingOptions>().BindConfiguration(BriefingOptions.SectionName);

        builder.Services.AddSingleton<BriefingReader>();
        builder.Services.AddSingleton<BriefingBuilder>();
        builder.Services.AddHostedService<BriefingWarmUp>();
    }

    public static void MapBriefing(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/leads/{id}/briefing", GetBriefing.Handle).WithTags("Leads").RequireAuthorization(ApiKeys.Read);
}
