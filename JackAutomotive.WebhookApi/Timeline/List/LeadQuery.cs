using System.Globalization;
using System.Text;
using JackAutomotive.Contracts;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Timeline.List;

/// <summary>Builds the statement that lists leads.</summary>
internal sealed class LeadQuery
{
    private const string Columns = """
        leads.id, leads.phone, leads.name, leads.last_seq, leads.created_at, leads.updated_at, contact.last_contact_at,
            coalesce(contact.is_unanswered, false),
            ARRAY(SELECT label FROM lead_labels WHERE lead_labels.lead_id = leads.id ORDER BY label),
            assignee.staff_id, assignee.name, coalesce(standing.status, 'new'), score.score, score.funding->>'Readiness'
        """;

    private const string AssigneeJoin = """
        LEFT JOIN LATERAL (
            SELECT lead_assignees.staff_id, staff.name FROM lead_assignees JOIN staff ON staff.id = lead_assignees.staff_id
            WHERE lead_assignees.lead_id = leads.id) AS assignee ON true
        """;

    private readonly List<string> _conditions = [];
    private readonly List<NpgsqlParameter> _parameters = [];

    /// <summary>The order of the list.</summary>
    public LeadSort Sort { get; set; } = LeadSort.Created;

    public bool IsDescending { get; set; } = true;

    /// <summary>The last lead of the previous page, with the value that decides the order; null for the first page.</summary>
    public (string? Value, LeadId Lead)? After { get; set; }

    public int Limit { get; set; }

    /// <summary>Adds a parameter and returns its name in SQL.</summary>
    public string Add(object value, NpgsqlDbType type)
    {
        _parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
        return string.Create(CultureInfo.InvariantCulture, $"${_parameters.Count}");
    }

    /// <summary>Lists only leads that fulfil the condition. A condition names the lead <c>leads.id</c>.</summary>
    public void Where(string condition) => _conditions.Add(condition);

    /// <summary>
    /// Lists only the leads that a search finds, in their names, numbers, texts and transcripts. The leads with rare words are found by the index
    /// of the words, and then put in order. Leads with common words are looked for in the order of the list, until the page is full.
    /// </summary>
    public void Find(LeadSearch search)
    {
        var words = search.Words is { } found ? $"{Add(found, NpgsqlDbType.Text)}::tsquery" : null;
        var addresses = FindAddresses(search);
        if (words is null)
        {
            Where(addresses.Count == 0 ? "false" : $"leads.id IN ({string.Join(" UNION ALL ", addresses)})");
        }
        else if (search.IsCommon)
        {
            // A subquery with LIMIT stays one for each lead: the planner does not turn it into a hash of all leads.
            string[] conditions =
            [
                $"(SELECT true FROM messages WHERE messages.lead_id = leads.id AND words @@ {words} LIMIT 1)",
                $"(SELECT true FROM conversations WHERE conversations.lead_id = leads.id AND words @@ {words} LIMIT 1)",
                $"(leads.name IS NOT NULL AND search_words(leads.name) @@ {words})",
                .. addresses.Select(ids => $"leads.id IN ({ids})"),
            ];
            Where($"({string.Join(" OR ", conditions)})");
        }
        else
        {
            string[] ids =
            [
                $"SELECT id FROM leads AS named WHERE name IS NOT NULL AND search_words(name) @@ {words}",
                $"SELECT lead_id FROM messages WHERE words @@ {words}",
                $"SELECT lead_id FROM conversations WHERE words @@ {words}",
                .. addresses,
            ];
            Where($"leads.id IN ({string.Join(" UNION ALL ", ids)})");
        }
    }

    // SQL: the ids of the leads with the number.
    private List<string> FindAddresses(LeadSearch search)
    {
        var ids = new List<string>();
        if (search.LastDigits is { } digits)
        {
            var end = Add($"{string.Concat(digits.Reverse())}%", NpgsqlDbType.Text);
            ids.Add($"SELECT lead_id FROM lead_addresses WHERE kind = 'phone' AND reverse(address) LIKE {end}");
        }

        if (search.Phone is { } phone)
        {
            ids.Add($"SELECT lead_id FROM lead_addresses WHERE kind = 'phone' AND address = {Add(phone.Value, NpgsqlDbType.Text)}");
        }

        return ids;
    }

    /// <summary>Creates the command.</summary>
    public NpgsqlCommand CreateCommand(NpgsqlDataSource database)
    {
        var command = database.CreateCommand(BuildSql());
        foreach (var parameter in _parameters)
        {
            command.Parameters.Add(parameter);
        }

        return command;
    }

    private string BuildSql()
    {
        var (direction, beyond) = IsDescending ? ("DESC", "<") : ("ASC", ">");
        if (After is { } place)
        {
            var lead = Add(place.Lead.Value, NpgsqlDbType.Uuid);
            Where(Sort.Column is null
                ? $"{Sort.Id} {beyond} {lead}"
                : $"({Sort.Column}, {Sort.Id}) {beyond} ({Add(place.Value!, NpgsqlDbType.Text)}::{Sort.Type}, {lead})");
        }

        var sql = new StringBuilder($"-- list leads\nSELECT {Columns}, {Sort.Column ?? "NULL"}::text\n");
        sql.Append(CultureInfo.InvariantCulture, $"FROM leads {(Sort == LeadSort.LastContact ? "" : "LEFT ")}JOIN lead_contacts AS contact ON contact.lead_id = leads.id\n");
        sql.Append(CultureInfo.InvariantCulture, $"{(Sort == LeadSort.Score ? "" : "LEFT ")}JOIN lead_scores AS score ON score.lead_id = leads.id\n");
        sql.Append("LEFT JOIN lead_statuses AS standing ON standing.lead_id = leads.id\n");
        sql.Append(CultureInfo.InvariantCulture, $"{AssigneeJoin}\n");
        if (_conditions.Count > 0)
        {
            sql.Append(CultureInfo.InvariantCulture, $"WHERE {string.Join("\n    AND ", _conditions)}\n");
        }

        var value = Sort.Column is null ? "" : $"{Sort.Column} {direction}, ";
        sql.Append(CultureInfo.InvariantCulture, $"ORDER BY {value}{Sort.Id} {direction} LIMIT {Add(Limit, NpgsqlDbType.Integer)}");
        return sql.ToString();
    }
}
