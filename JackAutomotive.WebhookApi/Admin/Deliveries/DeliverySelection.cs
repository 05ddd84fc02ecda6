using System.Globalization;
using System.Text;
using JackAutomotive.WebhookApi.Database;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Features.Deliveries;

/// <summary>
/// A filter as the condition of a statement on <c>inbox</c>. Only what is asked for is in it: a lead's or a provider's id is
/// looked up in its index first, and everything else is checked on the way through the inbox, newest first, until the page is full.
/// </summary>
internal static class DeliverySelection
{
    // By bytes, whatever the language of the database: that is how the ranges of ProviderIds are meant.
    private const string InRangeSql = """
        SELECT id FROM inbox
        WHERE source IN ('twilio', 'elevenlabs') AND dedup_key COLLATE "C" >= {0} AND dedup_key COLLATE "C" < {1}
        UNION ALL
        """;

    private const string InOrderSql = """
        SELECT id FROM inbox WHERE state = 'pending' AND ordering_key = ANY ({0})
        UNION ALL
        SELECT id FROM inbox WHERE state = 'parked' AND ordering_key = ANY ({0})
        """;

    private const string OfLeadSql = "SELECT delivery_id FROM lead_events WHERE lead_id = {0}";

    /// <summary>Adds the filter's parameters to a command and returns the condition that uses them.</summary>
    public static string AddTo(NpgsqlCommand command, DeliveryFilter filter)
    {
        var conditions = new List<string> { "true" };
        var parameters = command.Parameters;

        if (filter.Topic is { } topic)
        {
            parameters.AddText(topic);
            conditions.Add($"topic = {Last(parameters)}");
        }

        if (filter.State is { } state)
        {
            parameters.AddText(state);
            conditions.Add($"state = {Last(parameters)}");
        }

        if (filter.ParkedAs is { } parkedAs)
        {
            parameters.AddText(parkedAs);
            conditions.Add($"state = 'parked' AND parked_as = {Last(parameters)}");
        }

        if (filter.ReceivedFrom is { } from)
        {
            parameters.AddTime(from);
            conditions.Add($"received_at >= {Last(parameters)}");
        }

        if (filter.ReceivedTo is { } to)
        {
            parameters.AddTime(to);
            conditions.Add($"received_at < {Last(parameters)}");
        }

        if (filter.After is { } after)
        {
            parameters.AddBigint(after);
            conditions.Add($"id < {Last(parameters)}");
        }

        if (filter.Lead is { } lead)
        {
            parameters.AddUuid(lead.Value);
            conditions.Add($"id = ANY (ARRAY({Sql(OfLeadSql, Last(parameters))}))");
        }

        if (filter.ProviderId is { } id)
        {
            conditions.Add($"id = ANY (ARRAY({OfProviderId(parameters, id)}))");
        }

        return string.Join(" AND ", conditions);
    }

    private static string OfProviderId(NpgsqlParameterCollection parameters, string id)
    {
        var sql = new StringBuilder();
        foreach (var range in ProviderIds.KeyRangesOf(id))
        {
            parameters.AddText(range.From);
            var from = Last(parameters);
            parameters.AddText(range.To);
            sql.Append(Sql(InRangeSql, from, Last(parameters))).Append('\n');
        }

        parameters.AddArray([.. ProviderIds.OrderingKeysOf(id)], NpgsqlDbType.Text);
        return sql.Append(Sql(InOrderSql, Last(parameters))).ToString();
    }

    private static string Last(NpgsqlParameterCollection parameters) => $"${parameters.Count}";

    private static string Sql(string sql, params object[] parameters) =>
        string.Format(CultureInfo.InvariantCulture, sql, parameters);
}
