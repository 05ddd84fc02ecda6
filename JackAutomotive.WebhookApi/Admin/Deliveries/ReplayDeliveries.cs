using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Admin.Deliveries;

/// <summary>The result of a replay by filter.</summary>
/// <param name="Matched">Number of done and parked deliveries that match the filter, counted up to 10,000.</param>
/// <param name="Replayed">Number of deliveries that this call made due again: the newest that match.</param>
/// <param name="Next">The value of <c>after</c> for the next call; null if no matching deliveries are left.</param>
internal sealed record BulkReplay(int Matched, int Replayed, long? Next);

/// <summary>
/// <c>POST /api/deliveries/replay</c> with the criteria of the list as a JSON object:
/// <code>{"state": "parked", "parkedAs": "exhausted", "receivedFrom": "2026-11-23T12:00:00Z", "limit": 100}</code>
/// </summary>
internal static class ReplayDeliveries
{
    /// <summary>Maximum number of deliveries that one call replays; also the default.</summary>
    internal const int MaxLimit = 1000;

    private const int CountLimit = 10_000;

    /// <summary>Replays the done and parked deliveries that match the filter.</summary>
    public static async Task<Results<Accepted<BulkReplay>, ValidationProblem>> Handle(
        JsonElement criteria,
        ClaimsPrincipal user,
        DeliveryReplays replays,
        CancellationToken cancellationToken)
    {
        if (criteria.ValueKind != JsonValueKind.Object)
        {
            return Invalid("body", "It must be a JSON object of criteria.");
        }

        var fields = RequestJson.FieldsOf(criteria)
            .Where(field => field.Value.ValueKind != JsonValueKind.Null)
            .Select(field => KeyValuePair.Create(field.Name, TextOf(field.Name, field.Value)));
        var filter = DeliveryFilter.Read(fields, MaxLimit, MaxLimit, out var errors);
        if (filter.State == "pending")
        {
            errors["state"] = ["It must be 'done' or 'parked': a pending delivery needs no replay."];
        }

        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        if (!filter.HasCriterion)
        {
            return Invalid("body", "Give at least one criterion besides limit and after, so that nobody replays everything by mistake.");
        }

        return TypedResults.Accepted(
            (string?)null, await replays.ReplayAsync(filter, CountLimit, user.Identity?.Name ?? "", cancellationToken));
    }

    // The filter parses each value from text, as it does for a query string. An empty text is valid for no criterion, so it stands for a value
    // of a wrong type.
    private static string TextOf(string name, JsonElement value) => DeliveryFilter.IsNumber(name)
        ? value.ValueKind == JsonValueKind.Number ? value.GetRawText() : ""
        : RequestJson.TextOrNull(value) ?? "";

    private static ValidationProblem Invalid(string name, string rule) =>
        TypedResults.ValidationProblem(new Dictionary<string, string[]> { [name] = [rule] });
}
