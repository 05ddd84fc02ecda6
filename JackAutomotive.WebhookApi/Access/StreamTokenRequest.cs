using System.Text.Json;
using JackAutomotive.Contract;

namespace JackAutomotive.WebhookApi.Features.Access;

/// <summary>What somebody asks of a stream token.</summary>
/// <param name="Name">Who watches; null: the API key's name.</param>
/// <param name="Leads">Null: all.</param>
/// <param name="Lifetime">1 minute to 1 hour.</param>
internal sealed record StreamTokenRequest(string? Name, IReadOnlyList<LeadId>? Leads, TimeSpan Lifetime)
{
    internal const int MaxNameLength = 100;

    /// <summary>A token has to fit into an address: servers and proxies take some 8 KiB of it.</summary>
    internal const int MaxLeads = 50;

    private const int MinSeconds = 60;
    private const int DefaultSeconds = 600;

    private static readonly int s_maxSeconds = (int)StreamToken.MaxLifetime.TotalSeconds;

    /// <summary>
    /// Reads a request. An unknown field is an error: "lead" in place of "leads" must not become a token for all of them.
    /// </summary>
    public static StreamTokenRequest Read(JsonElement? body, out Dictionary<string, string[]> errors)
    {
        var request = new StreamTokenRequest(null, null, TimeSpan.FromSeconds(DefaultSeconds));
        errors = [];
        if (body is not { } json)
        {
            return request;
        }

        if (json.ValueKind != JsonValueKind.Object)
        {
            errors["body"] = ["It must be a JSON object, or nothing at all."];
            return request;
        }

        foreach (var field in json.EnumerateObject())
        {
            switch (field.Name)
            {
                case "name" when ReadName(field.Value) is { } name:
                    request = request with { Name = name };
                    break;
                case "leads" when ReadLeads(field.Value) is { } leads:
                    request = request with { Leads = leads };
                    break;
                case "lifetimeSeconds" when ReadSeconds(field.Value) is { } seconds:
                    request = request with { Lifetime = TimeSpan.FromSeconds(seconds) };
                    break;
                default:
                    errors[field.Name] = [RuleOf(field.Name)];
                    break;
            }
        }

        return request;
    }

    private static string RuleOf(string field) => field switch
    {
        "name" => $"It must be a text of 1 to {MaxNameLength} characters, none of them a control character, or left out.",
        "leads" => $"It must be a list of 1 to {MaxLeads} leads' ids, or left out for all leads.",
        "lifetimeSeconds" => $"It must be a whole number from {MinSeconds} to {s_maxSeconds}, or left out for {DefaultSeconds}.",
        _ => "There is no such field: it can be name, leads or lifetimeSeconds.",
    };

    private static string? ReadName(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.GetString()!.Trim() is { Length: > 0 and <= MaxNameLength } name
        && !name.Any(char.IsControl)
            ? name
            : null;

    private static LeadId[]? ReadLeads(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is 0 or > MaxLeads)
        {
            return null;
        }

        var leads = value.EnumerateArray()
            .Select(item => item.ValueKind == JsonValueKind.String && LeadId.TryParse(item.GetString(), null, out var lead) ? lead : (LeadId?)null)
            .ToArray();
        return leads.Contains(null) ? null : [.. leads.OfType<LeadId>().Distinct()];
    }

    private static int? ReadSeconds(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var seconds) && seconds >= MinSeconds && seconds <= s_maxSeconds
            ? seconds
            : null;
}
