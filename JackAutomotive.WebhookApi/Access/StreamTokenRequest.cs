using System.Text.Json;
using JackAutomotive.Contracts;

namespace JackAutomotive.WebhookApi.Access;

/// <summary>A request for a stream token.</summary>
/// <param name="Name">The name of the viewer; null means the API key's name.</param>
/// <param name="Leads">The leads whose streams the token opens; null means all leads.</param>
/// <param name="Lifetime">The lifetime of the token, 1 minute to 1 hour.</param>
internal sealed record StreamTokenRequest(string? Name, IReadOnlyList<LeadId>? Leads, TimeSpan Lifetime)
{
    internal const int MaxNameLength = 100;

    /// <summary>The maximum number of leads. A token must fit into a URL, and servers and proxies accept about 8 KiB of URL.</summary>
    internal const int MaxLeads = 50;

    private const int MinSeconds = 60;
    private const int DefaultSeconds = 600;

    private static readonly int s_maxSeconds = (int)StreamToken.MaxLifetime.TotalSeconds;

    /// <summary>
    /// Reads a request. An unknown field is an error, because "lead" in place of "leads" must not yield a token for all leads.
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
            errors["body"] = ["It must be a JSON object, or empty."];
            return request;
        }

        foreach (var (fieldName, value) in RequestJson.FieldsOf(json))
        {
            switch (fieldName)
            {
                case "name" when ReadName(value) is { } name:
                    request = request with { Name = name };
                    break;
                case "leads" when ReadLeads(value) is { } leads:
                    request = request with { Leads = leads };
                    break;
                case "lifetimeSeconds" when ReadSeconds(value) is { } seconds:
                    request = request with { Lifetime = TimeSpan.FromSeconds(seconds) };
                    break;
                default:
                    errors[fieldName] = [DescribeRule(fieldName)];
                    break;
            }
        }

        return request;
    }

    private static string DescribeRule(string field) => field switch
    {
        "name" => $"It must be a text of 1 to {MaxNameLength} characters, none of them a control character, or left out.",
        "leads" => $"It must be a list of 1 to {MaxLeads} lead ids, or left out for all leads.",
        "lifetimeSeconds" => $"It must be a whole number from {MinSeconds} to {s_maxSeconds}, or left out for {DefaultSeconds}.",
        _ => "There is no such field. The fields are name, leads and lifetimeSeconds.",
    };

    private static string? ReadName(JsonElement value) =>
        RequestJson.TextOrNull(value)?.Trim() is { Length: > 0 and <= MaxNameLength } name && !name.Any(char.IsControl)
            ? name
            : null;

    private static LeadId[]? ReadLeads(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is 0 or > MaxLeads)
        {
            return null;
        }

        var leads = value.EnumerateArray()
            .Select(item => LeadId.TryParse(RequestJson.TextOrNull(item), null, out var lead) ? lead : (LeadId?)null)
            .ToArray();
        return leads.Contains(null) ? null : [.. leads.OfType<LeadId>().Distinct()];
    }

    private static int? ReadSeconds(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var seconds) && seconds >= MinSeconds && seconds <= s_maxSeconds
            ? seconds
            : null;
}
