using JackAutomotive.WebhookApi.Database;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Features.Deliveries;

/// <summary>
/// A filter as the condition of a statement on <c>inbox</c>. Only what is asked for is in it: a lead's or a provider's id is then
/// looked up in its index, and everything else is checked on the way through the inbox, newest first, until the page is full.
/// </summary>
internal static class DeliverySelection
{
    // By bytes, whatever the language of the database: that is how the ranges of ProviderIds are meant.
    private const string OfKeysSql = """
        SELECT keyed.id FROM unnest({0}, {1}) AS key_range (first, beyond)
            JOIN inbox AS keyed ON keyed.source IN ('twilio', 'elevenlabs')
                AND keyed.dedup_key COLLATE "C" >= key_range.first AND keyed.dedup_key COLLATE "C" < key_range.beyond
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
            conditions.Add($"id IN ({Sql(OfLeadSql, Last(parameters))})");
        }

        if (filter.ProviderId is { } id)
        {
            conditions.Add($"id IN ({OfProviderId(parameters, id)})");
        }

        return string.Join(" AND ", conditions);
    }

    private static string OfProviderId(NpgsqlParameterCollection parameters, string id)
    {
        var ranges = ProviderIds.KeyRangesOf(id);
        parameters.AddArray([.. ranges.Select(range => range.From)], NpgsqlDbType.Text);
        var first = Last(parameters);
        parameters.AddArray([.. ranges.Select(range => range.To)], NpgsqlDbType.Text);
        var beyond = Last(parameters);
        parameters.AddArray([.. ProviderIds.OrderingKeysOf(id)], NpgsqlDbType.Text);
        return $"{Sql(OfKeysSql, first, beyond)} UNION ALL {Sql(InOrderSql, Last(parameters))}";
    }

    private static string Last(NpgsqlParameterCollection parameters) => $"${parameters.Count}";

    private static string Sql(string sql, params object[] parameters) =>
        string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, parameters);
}
