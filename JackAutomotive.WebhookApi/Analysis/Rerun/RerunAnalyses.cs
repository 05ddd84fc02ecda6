using System.Text.Json;
using JackAutomotive.WebhookApi.Analysis.Queue;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Analysis.Rerun;

/// <summary>The result of a rerun.</summary>
/// <param name="Queued">The number of conversations that will be analysed again.</param>
/// <param name="HasMore">Whether more conversations match.</param>
/// <param name="Next">The value of <c>after</c> for the next call; null if no more conversations match, or if the same call goes on.</param>
internal sealed record RerunResult(int Queued, bool HasMore, Guid? Next);

/// <summary><c>POST /api/analyses/rerun</c>: analyses stored conversations again, for example after a new version of the engine.</summary>
internal static class RerunAnalyses
{
    /// <summary>Queues the conversations that match the filter. An analysis that finds the same as before raises no event.</summary>
    public static async Task<Results<Accepted<RerunResult>, ValidationProblem>> Handle(
        JsonElement body,
        RerunSelection selection,
        AnalysisQueue queue,
        CancellationToken cancellationToken)
    {
        var filter = RerunFilter.Read(body, out var errors);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        if (filter.Failed)
        {
            var retried = await queue.RetryFailedAsync(filter.Limit, cancellationToken);
            return TypedResults.Accepted((string?)null, new RerunResult(retried, retried == filter.Limit, null));
        }

        var found = await selection.FindAsync(filter, cancellationToken);
        var chosen = found.Take(filter.Limit).ToList();
        await queue.ForceAsync([.. chosen.Select(item => (item.Lead, item.Kind, item.Subject))], cancellationToken);
        var hasMore = found.Count > filter.Limit;
        return TypedResults.Accepted((string?)null, new RerunResult(chosen.Count, hasMore, hasMore ? chosen[^1].AnalysisId : null));
    }
}
