using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>Whether one of the leads may be contacted.</summary>
/// <param name="LeadId">The lead.</param>
/// <param name="To">The address at which the lead would be contacted; null if the lead has none.</param>
/// <param name="Allowed">Whether every gate is open.</param>
/// <param name="Gates">Every gate.</param>
internal sealed record LeadCheckResult(Guid LeadId, string? To, bool Allowed, IReadOnlyList<GateVerdict> Gates);

/// <summary>A page of results.</summary>
/// <param name="Items">The leads, newest first.</param>
/// <param name="Allowed">How many of the page may be contacted.</param>
/// <param name="Next">The value of <c>after</c> for the next page; null on the last page.</param>
internal sealed record CheckPage(IReadOnlyList<LeadCheckResult> Items, int Allowed, Guid? Next);

/// <summary><c>POST /api/outbound/check-all</c>: which of these leads may be contacted?</summary>
internal static class CheckAllOutbound
{
    /// <summary>Asks every gate for each lead of a filter, and changes nothing.</summary>
    public static async Task<Results<Ok<CheckPage>, ValidationProblem>> Handle(
        JsonElement body,
        OutboundGates gates,
        NpgsqlDataSource database,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var request = CheckRequest.ReadMany(body, out var errors);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        // One lead more than requested shows whether there is another page.
        var found = await Recipients.ListAsync(database.CreateCommand, request.Filter, request.Limit + 1, cancellationToken);
        var page = found.Take(request.Limit).ToList();
        var decisions = await gates.DecideAsync(
            database.CreateCommand, page, request.Channel!.Value, request.At ?? time.GetUtcNow(), GateOverrides.None, cancellationToken);
        var items = page.Zip(decisions, (contact, decision) =>
            new LeadCheckResult(contact.Lead!.Value.Value, contact.Address?.Text, decision.Allowed, decision.Gates)).ToList();
        return TypedResults.Ok(new CheckPage(
            items, items.Count(item => item.Allowed), found.Count > request.Limit ? items[^1].LeadId : null));
    }
}
