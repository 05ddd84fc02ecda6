using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>Whether a lead may be contacted.</summary>
/// <param name="Allowed">Whether every gate is open.</param>
/// <param name="Gates">Every gate, also after one that is shut.</param>
internal sealed record CheckResult(bool Allowed, IReadOnlyList<GateVerdict> Gates);

/// <summary><c>POST /api/outbound/check</c>: may this lead be contacted?</summary>
internal static class CheckOutbound
{
    /// <summary>Asks every gate, and changes nothing.</summary>
    public static async Task<Results<Ok<CheckResult>, ValidationProblem, ProblemHttpResult>> Handle(
        JsonElement body,
        OutboundGates gates,
        NpgsqlDataSource database,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var request = CheckRequest.ReadOne(body, out var errors);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        var contact = request.Lead is { } lead
            ? await Recipients.FindAsync(database.CreateCommand, lead, cancellationToken)
            : new Contact(null, request.To, request.IsHidden);
        if (contact is not { } found)
        {
            return Problems.NoSuchLead();
        }

        var decisions = await gates.DecideAsync(
            database.CreateCommand, [found], request.Channel!.Value, request.At ?? time.GetUtcNow(), GateOverrides.None, cancellationToken);
        return TypedResults.Ok(new CheckResult(decisions[0].Allowed, decisions[0].Gates));
    }
}
