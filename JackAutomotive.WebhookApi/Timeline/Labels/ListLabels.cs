using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Timeline.Labels;

/// <summary>All labels.</summary>
internal sealed record LabelList(IReadOnlyList<LabelCount> Items);

/// <summary><c>GET /api/labels</c></summary>
internal static class ListLabels
{
    /// <summary>Lists the labels in use, each with the number of its leads.</summary>
    public static async Task<Ok<LabelList>> Handle(LabelStore labels, CancellationToken cancellationToken) =>
        TypedResults.Ok(new LabelList(await labels.CountAsync(cancellationToken)));
}
