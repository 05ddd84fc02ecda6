using JackAutomotive.Access;
using JackAutomotive.WebhookApi.Scoring.Funding;
using JackAutomotive.WebhookApi.Scoring.Status;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Scoring;

internal static class ScoringFeature
{
    /// <summary>Adds what follows from the facts of a lead: status, mood, score, funding readiness, next action and priorities.</summary>
    public static void AddScoring(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<ScoringOptions>, ValidateScoringOptions>();
        builder.Services.AddOptionsWithValidateOnStart<ScoringOptions>().BindConfiguration(ScoringOptions.SectionName);

        builder.Services.AddSingleton<LeadStatusStore>();
        builder.Services.AddSingleton<DocumentStore>();
        builder.Services.AddSingleton<StandingUpdater>();
        builder.Services.AddSingleton<ScoringProgress>();
        builder.Services.AddSingleton<ScoreWorker>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ScoreWorker>());
    }

    public static void MapScoring(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/leads").WithTags("Leads");
        group.MapGet("/priorities", ListPriorities.Handle).RequireAuthorization(ApiKeys.Read);
        group.MapGet("/{id}/score", GetScore.Handle).RequireAuthorization(ApiKeys.Read);
        group.MapGet("/{id}/standing", GetStanding.Handle).RequireAuthorization(ApiKeys.Read);
        group.MapPost("/{id}/status", ChangeStatus.Handle).RequireAuthorization(ApiKeys.Write);
        group.MapPut("/{id}/documents/{kind}", RecordDocument.Handle).RequireAuthorization(ApiKeys.Write);
    }
}
