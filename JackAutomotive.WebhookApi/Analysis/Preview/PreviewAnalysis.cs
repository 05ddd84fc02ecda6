using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Analysis.Preview;

/// <summary><c>POST /api/analyses/preview</c>: analyses a conversation as the pipeline would, and stores nothing.</summary>
internal static class PreviewAnalysis
{
    public static async Task<Results<JsonHttpResult<AnalysisReport>, ValidationProblem>> Handle(
        JsonElement body,
        Analyzer analyzer,
        CancellationToken cancellationToken)
    {
        if (PreviewRequest.Read(body, out var errors) is not { } transcript)
        {
            return TypedResults.ValidationProblem(errors);
        }

        return TypedResults.Json(await analyzer.AnalyzeAsync(transcript, cancellationToken), AnalysisJson.Options);
    }
}
