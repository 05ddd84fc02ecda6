using System.Globalization;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Timeline.Labels;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Timeline.List;

/// <summary>A query parameter of the list of leads.</summary>
/// <param name="Name">The parameter's name.</param>
/// <param name="Rule">What a value must be, for callers whose value is wrong.</param>
/// <param name="TryAdd">Adds the value to the query. Returns false if the value breaks the rule.</param>
internal sealed record LeadCriterion(string Name, string Rule, Func<LeadQuery, string, bool> TryAdd);

/// <summary>The query parameters of the list of leads. A new filter is one entry of <see cref="All"/>.</summary>
internal static class LeadCriteria
{
    private const string Nobody = "none";
    private const string TimeRule = "It must be an RFC 3339 time with an offset, such as 2026-11-23T12:00:00Z; in a query, a plus sign is written %2B.";

    private static readonly string[] s_statuses = ["new", "contacted", "engaged", "appointment", "sold", "lost", "do_not_contact"];
    private static readonly string[] s_readiness = ["Ready", "Partial", "Not Ready"];

    public static readonly IReadOnlyList<LeadCriterion> All =
    [
        new("phone", "This is not a phone number. Write it like +12025550123, with the plus sign encoded as %2B.", (query, value) =>
            PhoneNumber.TryParse(value, out var phone) && AddAddress(query, ChannelAddress.FromPhone(phone))),
        new("address", "No lead can have this address. Write it like %2B12025550123, messenger:123, 72404 or ACME.", (query, value) =>
            ChannelAddress.TryParseSender(value, out var address) && AddAddress(query, address)),
        new("label", LabelName.Rule, (query, value) => LabelName.TryParse(value, out var label) && AddLabel(query, label)),
        new("assignee", "It must be the id of a member of staff, or 'none'.", AddAssignee),
        new("channel", "It must be a channel: voice, sms, whatsapp, rcs, messenger or another one in lower case.", AddChannel),
        new("createdFrom", TimeRule, (query, value) => AddTime(query, "leads.created_at >=", value)),
        new("createdTo", TimeRule, (query, value) => AddTime(query, "leads.created_at <", value)),
        new("lastContactFrom", TimeRule, (query, value) => AddTime(query, "contact.last_contact_at >=", value)),
        new("lastContactTo", TimeRule, (query, value) => AddTime(query, "contact.last_contact_at <", value)),
        new("unanswered", "It must be 'true' or 'false'.", AddUnanswered),
        new("status", $"It must be one of {string.Join(", ", s_statuses)}.", AddStatus),
        new("readiness", $"It must be one of {string.Join(", ", s_readiness)}.", AddReadiness),
        new("minScore", "It must be a number from 0 to 100.", AddMinScore),
        new("sort", $"It must be one of {string.Join(", ", LeadSort.All.Select(sort => sort.Name))}.", SetSort),
        new("order", "It must be 'desc' (the default) or 'asc'.", SetOrder),
        new("limit", $"The limit must be a number from 1 to {MaxLimit}.", SetLimit),
    ];

    public const int DefaultLimit = 50;

    private const int MaxLimit = 200;

    private static bool AddAddress(LeadQuery query, ChannelAddress address)
    {
        var kind = query.Add(address.Kind, NpgsqlDbType.Text);
        query.Where($"leads.id = (SELECT lead_id FROM lead_addresses WHERE kind = {kind} AND address = {query.Add(address.Address, NpgsqlDbType.Text)})");
        return true;
    }

    private static bool AddLabel(LeadQuery query, string label)
    {
        query.Where($"leads.id IN (SELECT lead_id FROM lead_labels WHERE label = {query.Add(label, NpgsqlDbType.Text)})");
        return true;
    }

    private static bool AddAssignee(LeadQuery query, string value)
    {
        if (value == Nobody)
        {
            query.Where("NOT EXISTS (SELECT FROM lead_assignees WHERE lead_assignees.lead_id = leads.id)");
            return true;
        }

        if (!Guid.TryParse(value, out var staff))
        {
            return false;
        }

        query.Where($"leads.id IN (SELECT lead_id FROM lead_assignees WHERE staff_id = {query.Add(staff, NpgsqlDbType.Uuid)})");
        return true;
    }

    // Nearly all leads that text use sms, so the other channels have an index.
    private static bool AddChannel(LeadQuery query, string value)
    {
        if (value.Length is 0 or > 30 || !value.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '+' or '.' or '-'))
        {
            return false;
        }

        query.Where(value switch
        {
            ChannelAddress.Voice => """
                (EXISTS (SELECT FROM calls WHERE calls.lead_id = leads.id)
                    OR EXISTS (SELECT FROM conversations WHERE conversations.lead_id = leads.id))
                """,
            ChannelAddress.Sms => "EXISTS (SELECT FROM messages WHERE messages.lead_id = leads.id AND channel = 'sms')",
            _ => $"leads.id IN (SELECT lead_id FROM messages WHERE channel = {query.Add(value, NpgsqlDbType.Text)} AND channel <> 'sms')",
        });
        return true;
    }

    private static bool AddTime(LeadQuery query, string comparison, string value)
    {
        if (!Rfc3339.TryParse(value, out var time))
        {
            return false;
        }

        query.Where($"{comparison} {query.Add(time.UtcDateTime, NpgsqlDbType.TimestampTz)}");
        return true;
    }

    private static bool AddUnanswered(LeadQuery query, string value)
    {
        query.Where(value == "true" ? "contact.is_unanswered" : "contact.is_unanswered IS NOT TRUE");
        return value is "true" or "false";
    }

    private static bool AddStatus(LeadQuery query, string value)
    {
        query.Where($"coalesce(standing.status, 'new') = {query.Add(value, NpgsqlDbType.Text)}");
        return s_statuses.Contains(value);
    }

    private static bool AddReadiness(LeadQuery query, string value)
    {
        query.Where($"score.funding->>'Readiness' = {query.Add(value, NpgsqlDbType.Text)}");
        return s_readiness.Contains(value);
    }

    private static bool AddMinScore(LeadQuery query, string value)
    {
        var isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var score);
        query.Where($"score.score >= {query.Add(score, NpgsqlDbType.Integer)}");
        return isNumber && score is >= 0 and <= 100;
    }

    private static bool SetSort(LeadQuery query, string value)
    {
        query.Sort = LeadSort.All.FirstOrDefault(sort => sort.Name == value) ?? query.Sort;
        return query.Sort.Name == value;
    }

    private static bool SetOrder(LeadQuery query, string value)
    {
        query.IsDescending = value == "desc";
        return value is "desc" or "asc";
    }

    private static bool SetLimit(LeadQuery query, string value)
    {
        var isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var limit);
        query.Limit = limit;
        return isNumber && limit is >= 1 and <= MaxLimit;
    }
}

/// <summary>Reads the query parameters of the list of leads.</summary>
internal static class LeadCriteriaReader
{
    private const string Search = "q";
    private const string Place = "before";

    /// <summary>
    /// Reads the parameters. An unknown parameter is an error too, because a list without that filter would have too many leads.
    /// </summary>
    /// <param name="parameters">Names and values as the caller sent them. A label may be given several times; a lead must have all of them.</param>
    /// <param name="search">The text to search for; null if there is none.</param>
    /// <param name="errors">For each wrong parameter, the rule that it breaks.</param>
    public static LeadQuery Read(
        IEnumerable<KeyValuePair<string, string>> parameters,
        out string? search,
        out Dictionary<string, string[]> errors)
    {
        var query = new LeadQuery { Limit = LeadCriteria.DefaultLimit };
        (search, errors) = (null, []);
        string? place = null;
        var seen = new HashSet<string>();
        foreach (var (name, value) in parameters)
        {
            var rule = name switch
            {
                _ when !seen.Add(name) && name != "label" => "It may be given only once.",
                Search when LeadSearch.IsValid(value) => null,
                Search => "It must have at least two letters or digits, and at most 200 characters.",
                Place => null,
                _ => Add(query, name, value),
            };
            (search, place) = (name == Search ? value : search, name == Place ? value : place);
            if (rule is not null)
            {
                errors[name] = [rule];
            }
        }

        if (seen.Contains("phone") && seen.Contains("address"))
        {
            errors["address"] = ["Search by phone or by address, not by both."];
        }

        if (place is not null)
        {
            query.After = ReadPlace(place, query);
            if (query.After is null)
            {
                errors[Place] = ["It must be a lead's id, or the value of 'next' on the previous page of a list with the same sort."];
            }
        }

        return query;
    }

    /// <summary>Returns the place of a lead in the list. In the order of creation, the id alone is the place.</summary>
    public static string WritePlace(LeadSort sort, string? value, LeadId lead) =>
        sort.Column is null ? lead.ToString() : PageCursor.Write(sort.Name, value!, lead.ToString());

    private static string? Add(LeadQuery query, string name, string value) =>
        LeadCriteria.All.FirstOrDefault(criterion => criterion.Name == name) is not { } known
            ? $"The parameter is unknown. The known parameters are {Search}, {string.Join(", ", LeadCriteria.All.Select(other => other.Name))}, {Place}."
            : known.TryAdd(query, value) ? null : known.Rule;

    private static (string? Value, LeadId Lead)? ReadPlace(string text, LeadQuery query)
    {
        if (query.Sort.Column is null)
        {
            return LeadId.TryParse(text, null, out var id) ? (null, id) : null;
        }

        return PageCursor.TryRead(text, 3) is [var sort, var value, var lead]
            && sort == query.Sort.Name && query.Sort.IsValue(value) && LeadId.TryParse(lead, null, out var last)
            ? (value, last)
            : null;
    }
}
