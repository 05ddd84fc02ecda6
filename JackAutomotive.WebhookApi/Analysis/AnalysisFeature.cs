using JackAutomotive.Access;
using JackAutomotive.Analysis;
using JackAutomotive.WebhookApi.Analysis.ActionItems;
using JackAutomotive.WebhookApi.Analysis.Model;
using JackAutomotive.WebhookApi.Analysis.Preview;
using JackAutomotive.WebhookApi.Analysis.Queue;
using JackAutomotive.WebhookApi.Analysis.Rerun;
using JackAutomotive.WebhookApi.Analysis.Results;
using JackAutomotive.WebhookApi.Analysis.Sources;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Analysis;

internal static class AnalysisFeature
{
    /// <summary>Adds the analysis of conversations: the engines, the queue with its worker, and the stores of what is found.</summary>
    public static void AddAnalysis(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<AnalysisOptions>, ValidateAnalysisOptions>();
        builder.Services.AddSingleton<IValidateOptions<AnalysisOptions>, ValidateModelOptions>();
        builder.Services.AddOptionsWithValidateOnStart<AnalysisOptions>().BindConfiguration(AnalysisOptions.SectionName);

        builder.Services.AddSingleton<RuleEngine>();
        builder.Services.AddSingleton<ModelEngine>();
        builder.Services.AddSingleton<Analyzer>();
        builder.Services.AddSingleton<StopRequests>();

        builder.Services.AddSingleton<AnalysisSources>();
        builder.Services.AddSingleton<AnalysisQueue>();
        builder.Services.AddSingleton<StoreAnalysis>();
        builder.Services.AddSingleton<AnalysisWorker>();
        builder.Services.AddHostedService(services => services.GetRequiredService<AnalysisWorker>());

        builder.Services.AddSingleton<AnalysisStore>();
        builder.Services.AddSingleton<AnalysisReader>();
        builder.Services.AddSingleton<LeadSentimentStore>();
        builder.Services.AddSingleton<OptOutStore>();
        builder.Services.AddSingleton<ActionItemStore>();
        builder.Services.AddSingleton<ActionItemReader>();
        builder.Services.AddSingleton<RerunSelection>();
    }

    public static void MapAnalysis(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api").WithTags("Analysis");

        group.MapPost("/analyses/preview", PreviewAnalysis.Handle).RequireAuthorization(ApiKeys.Read)
            .WithMetadata(new RequestSizeLimitAttribute(PreviewRequest.MaxBytes));
        group.MapPost("/analyses/rerun", RerunAnalyses.Handle).RequireAuthorization(ApiKeys.Admin);
        group.MapGet("/leads/{id}/analyses", ListAnalyses.Handle).RequireAuthorization(ApiKeys.Read);
        group.MapGet("/leads/{id}/action-items", ListActionItems.Handle).RequireAuthorization(ApiKeys.Read);
        group.MapPatch("/action-items/{id}", ChangeActionItem.Handle).RequireAuthorization(ApiKeys.Write);
    }
}
