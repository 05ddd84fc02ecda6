using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>
/// What is to be checked: <code>{"leadId": "01936a5e-…", "channel": "text", "at": "2026-11-24T15:00:00Z"}</code>
/// or, for many leads: <code>{"channel": "call", "createdFrom": "2026-11-01T00:00:00Z", "limit": 100}</code>
/// </summary>
internal sealed record CheckRequest
{
    /// <summary>The maximum number of leads of one call; also the default.</summary>
    internal const int MaxLimit = 200;

    private const int MaxTextLength = 300;

    public LeadId? Lead { get; private init; }

    /// <summary>An address in any usual spelling.</summary>
    public ChannelAddress? To { get; private init; }

    /// <summary>Whether the address is the stand-in of a caller who withholds the number.</summary>
    public bool IsHidden { get; private init; }

    public OutboundChannel? Channel { get; private init; }

    /// <summary>The time of the contact; null for now.</summary>
    public DateTimeOffset? At { get; private init; }

    public LeadFilter Filter { get; private init; } = new();

    public int Limit { get; private init; } = MaxLimit;

    /// <summary>Reads a request about one lead or address.</summary>
    public static CheckRequest ReadOne(JsonElement body, out Dictionary<string, string[]> errors)
    {
        var request = Read(body, ["leadId", "to", "channel", "at"], out errors);
        if (errors.Count == 0 && request.Lead is null == (request.To is null && !request.IsHidden))
        {
            errors[request.Lead is null ? "leadId" : "to"] = ["Give either leadId or to."];
        }

        return request;
    }

    /// <summary>Reads a request about the leads of a filter.</summary>
    public static CheckRequest ReadMany(JsonElement body, out Dictionary<string, string[]> errors) =>
        Read(body, ["channel", "at", "leadIds", "createdFrom", "createdTo", "after", "limit"], out errors);

    private static CheckRequest Read(JsonElement body, string[] fields, out Dictionary<string, string[]> errors)
    {
        var request = new CheckRequest();
        errors = [];
        if (body.ValueKind != JsonValueKind.Object)
        {
            errors["body"] = ["It must be a JSON object."];
            return request;
        }

        // A field that is null counts as left out.
        foreach (var (name, value) in RequestJson.FieldsOf(body).Where(field => field.Value.ValueKind != JsonValueKind.Null))
        {
            if (!fields.Contains(name))
            {
                errors[name] = [$"There is no such field. The fields are {string.Join(", ", fields)}."];
            }
            else if (request.With(name, value) is { } next)
            {
                request = next;
            }
            else
            {
                errors[name] = [DescribeRule(name)];
            }
        }

        if (request.Channel is null)
        {
            errors.TryAdd("channel", [DescribeRule("channel")]);
        }

        return request;
    }

    private CheckRequest? With(string name, JsonElement value)
    {
        var text = RequestJson.TextOrNull(value) is { Length: > 0 and <= MaxTextLength } given && !given.Contains('\0') ? given : null;
        DateTimeOffset? time = text is not null && Rfc3339.TryParse(text, out var parsed) ? parsed.ToUniversalTime() : null;
        return name switch
        {
            "leadId" when LeadId.TryParse(text, null, out var lead) => this with { Lead = lead },
            "to" when ChannelAddress.TryParseSender(text, out var address) => this with { To = address },
            "to" when text is not null && HiddenCaller.IsHidden(text) => this with { IsHidden = true },
            "channel" when text is "text" or "sms" => this with { Channel = OutboundChannel.Text },
            "channel" when text is "call" or "voice" => this with { Channel = OutboundChannel.Call },
            "at" when time is not null => this with { At = time },
            "leadIds" when ReadLeads(value) is { } leads => this with { Filter = Filter with { Leads = leads } },
            "createdFrom" when time is not null => this with { Filter = Filter with { CreatedFrom = time } },
            "createdTo" when time is not null => this with { Filter = Filter with { CreatedTo = time } },
            "after" when LeadId.TryParse(text, null, out var lead) => this with { Filter = Filter with { After = lead } },
            "limit" when value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var limit) && limit is >= 1 and <= MaxLimit =>
                this with { Limit = limit },
            _ => null,
        };
    }

    private static List<LeadId>? ReadLeads(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is 0 or > MaxLimit)
        {
            return null;
        }

        var leads = new List<LeadId>();
        foreach (var item in value.EnumerateArray())
        {
            if (!LeadId.TryParse(RequestJson.TextOrNull(item), null, out var lead))
            {
                return null;
            }

            leads.Add(lead);
        }

        return leads;
    }

    private static string DescribeRule(string name) => name switch
    {
        "leadId" => "It must be a lead's id.",
        "to" => "It must be a phone number such as +12025550123, or an address such as messenger:123.",
        "channel" => "It must be 'text' or 'call'.",
        "at" or "createdFrom" or "createdTo" => "It must be a time with an offset, such as 2026-11-23T12:00:00Z.",
        "leadIds" => $"It must be an array of 1 to {MaxLimit} ids of leads.",
        "after" => "It must be the id that the previous answer gave as next.",
        _ => $"It must be a number from 1 to {MaxLimit}.",
    };
}
