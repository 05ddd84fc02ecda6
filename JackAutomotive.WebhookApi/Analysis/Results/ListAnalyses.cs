using JackAutomotive.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Analysis.Results;

/// <summary>A page of analyses.</summary>
/// <param name="Items">The analyses, the newest conversation first.</param>
/// <param name="Next">The value of <c>before</c> for the next page; null on the last page.</param>
internal sealed record AnalysisPage(IReadOnlyList<AnalysisDetails> Items, Guid? Next);

/// <summary><c>GET /api/leads/{id}/analyses?before=&amp;limit=</c></summary>
internal static class ListAnalyses
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 100;

    /// <summary>Lists the analyses of a lead's conversations, the newest conversation first.</summary>
    public static async Task<Results<JsonHttpResult<AnalysisPage>, ValidationProblem, ProblemHttpResult>> Handle(
        string id,
        AnalysisReader analyses,
        CancellationToken cancellationToken,
        string? before = null,
        string? limit = null)
    {
        var errors = new Dictionary<string, string[]>();
        var page = PageRequest.Read(before, limit, DefaultLimit, MaxLimit, errors);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        if (!LeadId.TryParse(id, null, out var lead) || !await analyses.LeadExistsAsync(lead, cancellationToken))
        {
            return Problems.NoSuchLead();
        }

        var (items, next) = page.Cut(await analyses.ListAsync(lead, page.Before, page.Limit + 1, cancellationToken), analysis => analysis.Id);
        return TypedResults.Json(new AnalysisPage(items, next), AnalysisJson.Options);
    }
}
