using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Features.Deliveries;

/// <summary>What a replay by filter came to.</summary>
/// <param name="Matched">Done and parked deliveries that the filter means, counted up to 10,000.</param>
/// <param name="Replayed">Those of them that are due again now, the newest first.</param>
/// <param name="Next">Give this as <c>after</c> to go on with the others; null when none are left.</param>
internal sealed record BulkReplay(int Matched, int Replayed, long? Next);

/// <summary>
/// <c>POST /api/deliveries/replay</c> with the criteria of the list as a JSON object:
/// <code>{"state": "parked", "parkedAs": "exhausted", "receivedFrom": "2026-11-23T12:00:00Z", "limit": 100}</code>
/// </summary>
internal static class ReplayDeliveries
{
    /// <summary>Deliveries replayed by one call at most, and by default.</summary>
    internal const int MaxLimit = 1000;

    private const int CountLimit = 10_000;

    /// <summary>Has the done and parked deliveries handled again that the filter means.</summary>
    public static async Task<Results<Accepted<BulkReplay>, ValidationProblem>> Handle(
        JsonElement criteria,
        ClaimsPrincipal user,
        DeliveryReplays replays,
        CancellationToken cancellationToken)
    {
        if (criteria.ValueKind != JsonValueKind.Object)
        {
            return Wrong("body", "It must be a JSON object of criteria.");
        }

        var fields = criteria.EnumerateObject()
            .Where(field => field.Value.ValueKind != JsonValueKind.Null)
            .Select(field => KeyValuePair.Create(field.Name, TextOf(field.Value)));
        var filter = DeliveryFilter.Read(fields, MaxLimit, MaxLimit, out var errors);
        if (filter.State == "pending")
        {
            errors["state"] = ["It must be 'done' or 'parked': what is pending is handled anyway."];
        }

        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        if (!filter.HasCriterion)
        {
            return Wrong("body", "Give at least one criterion besides limit and after, so that nobody replays everything by mistake.");
        }

        return TypedResults.Accepted(
            (string?)null, await replays.ReplayAsync(filter, CountLimit, user.Identity?.Name ?? "", cancellationToken));
    }

    // What is neither text nor number is no criterion's value; its JSON is refused as such.
    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static ValidationProblem Wrong(string name, string mustBe) =>
        TypedResults.ValidationProblem(new Dictionary<string, string[]> { [name] = [mustBe] });
}
