using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Outbound.Api;

/// <summary><c>GET /api/outbound/{id}</c></summary>
internal static class GetOutbound
{
    /// <summary>Returns a text or a call with every attempt.</summary>
    public static async Task<Results<Ok<OutboundDetails>, ProblemHttpResult>> Handle(
        string id,
        OutboundReader reader,
        CancellationToken cancellationToken) =>
        Guid.TryParse(id, out var job) && await reader.FindAsync(job, cancellationToken) is { } details
            ? TypedResults.Ok(details)
            : Problems.NoSuchOutbound();
}
