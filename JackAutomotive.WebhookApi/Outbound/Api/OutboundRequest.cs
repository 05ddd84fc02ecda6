using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Outbound.Jobs;

namespace JackAutomotive.WebhookApi.Outbound.Api;

/// <summary>
/// A request for a text or a call, to a lead or to an address:
/// <code>
/// {"leadId": "01890a5d-…", "body": "Your car is ready.", "mediaUrls": ["https://…/car.jpg"]}
/// {"to": "+12025550123", "reason": "The customer asked for a call.", "agentId": "agent_…", "dynamicVariables": {"car": "Civic"}}
/// </code>
/// </summary>
/// <param name="Lead">The lead; null if the request names an address.</param>
/// <param name="Address">The address; null if the request names a lead.</param>
/// <param name="Channel">The channel that the address names; null if it names none.</param>
/// <param name="Content">What is sent.</param>
internal sealed partial record OutboundRequest(LeadId? Lead, ChannelAddress? Address, string? Channel, OutboundContent Content)
{
    /// <summary>The maximum length of a request in bytes.</summary>
    public const int MaxBytes = 64 * 1024;

    private const int MaxTextLength = 1600;
    private const int MaxMedia = 10;
    private const int MaxUrlLength = 2048;
    private const int MaxReasonLength = 500;
    private const int MaxAgentIdLength = 100;
    private const int MaxVariables = 50;
    private const int MaxVariablesLength = 16 * 1024;

    /// <summary>The variables with which this service finds the lead and the attempt of a call again.</summary>
    public static readonly IReadOnlyList<string> ReservedVariables = ["lead_id", "outbound_job", "outbound_attempt"];

    /// <summary>The hash of the request's content. It distinguishes a repetition with the same key from another request.</summary>
    public byte[] ComputeHash()
    {
        var text = JsonSerializer.Serialize(
            new
            {
                Lead = Lead?.Value,
                To = Address?.Text,
                Channel,
                Content.Body,
                Content.MediaUrls,
                Content.AgentId,
                Content.CallReason,
                Content.Variables,
            },
            OutboundJson.Options);
        return SHA256.HashData(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>Reads a request for a text.</summary>
    public static OutboundRequest ReadText(JsonElement body, out Dictionary<string, string[]> errors)
    {
        var (request, words, media) = (Begin(body, out errors), default(string), new List<string>());
        foreach (var (name, value) in Fields(body))
        {
            switch (name)
            {
                case "leadId" or "to":
                    break;
                case "body":
                    words = RequestJson.TextOrNull(value);
                    AddErrorIf(errors, words is not { Length: <= MaxTextLength }, name, $"It must be a text of up to {MaxTextLength} characters.");
                    break;
                case "mediaUrls":
                    media = ReadUrls(value) ?? [];
                    AddErrorIf(
                        errors,
                        ReadUrls(value) is null,
                        name,
                        $"It must be a list of up to {MaxMedia} addresses that begin with http:// or https://.");
                    break;
                default:
                    errors[name] = ["There is no such field. The fields are leadId, to, body and mediaUrls."];
                    break;
            }
        }

        words = Database.PlainText.Clean(words) ?? "";
        AddErrorIf(errors, string.IsNullOrWhiteSpace(words) && media.Count == 0, "body", "A text needs words or an attachment.");
        return request with { Content = new OutboundContent(words, media) };
    }

    /// <summary>Reads a request for a call.</summary>
    public static OutboundRequest ReadCall(JsonElement body, out Dictionary<string, string[]> errors)
    {
        var (request, content) = (Begin(body, out errors), new OutboundContent(null, []));
        foreach (var (name, value) in Fields(body))
        {
            switch (name)
            {
                case "leadId" or "to":
                    break;
                case "agentId":
                    content = content with { AgentId = RequestJson.TextOrNull(value)?.Trim() };
                    AddErrorIf(
                        errors,
                        content.AgentId is not { Length: > 0 and <= MaxAgentIdLength },
                        name,
                        "It must be the id of an agent, such as agent_01….");
                    break;
                case "reason":
                    content = content with { CallReason = Database.PlainText.Clean(RequestJson.TextOrNull(value)) };
                    AddErrorIf(
                        errors,
                        content.CallReason is not { Length: <= MaxReasonLength },
                        name,
                        $"It must be a text of up to {MaxReasonLength} characters.");
                    break;
                case "dynamicVariables":
                    content = content with { Variables = ReadVariables(value, errors) };
                    break;
                default:
                    errors[name] = ["There is no such field. The fields are leadId, to, agentId, reason and dynamicVariables."];
                    break;
            }
        }

        AddErrorIf(
            errors,
            request.Address is { Phone: null } || request.Channel is not (null or ChannelAddress.Voice),
            "to",
            "Only a phone number can be called.");
        return request with { Content = content };
    }

    private static OutboundRequest Begin(JsonElement body, out Dictionary<string, string[]> errors)
    {
        errors = [];
        if (body.ValueKind != JsonValueKind.Object)
        {
            errors["body"] = ["The request must be a JSON object."];
            return new OutboundRequest(null, null, null, new OutboundContent(null, []));
        }

        var (lead, address, channel) = (default(LeadId?), default(ChannelAddress?), default(string));
        if (body.TryGetProperty("leadId", out var id))
        {
            lead = LeadId.TryParse(RequestJson.TextOrNull(id), null, out var parsed) ? parsed : null;
            AddErrorIf(errors, lead is null, "leadId", "This is not a lead's id.");
        }

        if (body.TryGetProperty("to", out var to))
        {
            var text = RequestJson.TextOrNull(to);
            address = ChannelAddress.TryParseSender(text, out var parsed) ? parsed : null;
            channel = ChannelAddress.FindChannel(text);
            AddErrorIf(
                errors,
                address is null,
                "to",
                "Nobody can have this address. Write it like +12025550123, whatsapp:+12025550123 or messenger:123.");
        }

        AddErrorIf(
            errors,
            body.TryGetProperty("leadId", out _) == body.TryGetProperty("to", out _),
            "to",
            "Name the recipient with either leadId or to.");
        return new OutboundRequest(lead, address, channel is "sms" or "tel" or "mms" or "phone" ? null : channel, new OutboundContent(null, []));
    }

    private static IEnumerable<(string Name, JsonElement Value)> Fields(JsonElement body) =>
        body.ValueKind == JsonValueKind.Object ? RequestJson.FieldsOf(body) : [];

    private static List<string>? ReadUrls(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > MaxMedia)
        {
            return null;
        }

        var urls = value.EnumerateArray().Select(RequestJson.TextOrNull).OfType<string>().Where(IsWebAddress).ToList();
        return urls.Count == value.GetArrayLength() ? urls : null;
    }

    private static bool IsWebAddress(string text) =>
        text.Length <= MaxUrlLength && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
        && url.UserInfo.Length == 0;

    // The names are sorted, so that the same variables in another order are the same request.
    private static string? ReadVariables(JsonElement value, Dictionary<string, string[]> errors)
    {
        if (value.ValueKind != JsonValueKind.Object || value.GetPropertyCount() > MaxVariables)
        {
            errors["dynamicVariables"] = [$"It must be an object with up to {MaxVariables} variables."];
            return null;
        }

        var variables = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var (name, variable) in RequestJson.FieldsOf(value))
        {
            if (!VariableName().IsMatch(name) || name.StartsWith("system__", StringComparison.Ordinal) || ReservedVariables.Contains(name))
            {
                errors[$"dynamicVariables.{name}"] =
                    ["A name has letters, digits and underscores. lead_id, outbound_job, outbound_attempt and system__… are reserved."];
            }
            else if (variable.ValueKind is not (JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)
                && RequestJson.TextOrNull(variable) is null)
            {
                errors[$"dynamicVariables.{name}"] = ["It must be a text, a number, true or false."];
            }
            else
            {
                variables[name] = variable;
            }
        }

        var json = JsonSerializer.Serialize(variables, OutboundJson.Options);
        AddErrorIf(
            errors,
            json.Length > MaxVariablesLength || json.Contains("\\u0000", StringComparison.Ordinal),
            "dynamicVariables",
            $"The variables are longer than {MaxVariablesLength} characters, or contain NUL.");
        return variables.Count == 0 ? null : json;
    }

    private static void AddErrorIf(Dictionary<string, string[]> errors, bool isWrong, string name, string message)
    {
        if (isWrong)
        {
            errors.TryAdd(name, [message]);
        }
    }

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,63}\z")]
    private static partial Regex VariableName();
}
