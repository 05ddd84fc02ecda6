using JackAutomotive.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Consent;

/// <summary><c>GET /api/leads/{id}/consent</c></summary>
internal static class GetConsent
{
    /// <summary>Shows how a lead may be contacted, with the ledger.</summary>
    public static async Task<Results<Ok<ConsentDetails>, ProblemHttpResult>> Handle(
        string id,
        ConsentReader reader,
        CancellationToken cancellationToken) =>
        LeadId.TryParse(id, null, out var lead) && await reader.FindAsync(lead, cancellationToken) is { } details
            ? TypedResults.Ok(details)
            : Problems.NoSuchLead();
}
