using System.Globalization;
using System.Text;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Leads;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Admin.Deliveries;

/// <summary>
/// Translates a filter into an SQL condition on <c>inbox</c>. The condition contains only the criteria that are set. Postgres first looks
/// up the id of a lead or of a provider in an index. Postgres checks the other criteria while it scans the inbox, newest delivery first,
/// until the page is full.
/// </summary>
internal static class DeliverySelection
{
    // COLLATE "C" compares bytes, whatever the collation of the database, and each KeyRange is in byte order.
    private const string KeyRangeSql = """
        SELECT id FROM inbox
        WHERE source IN ('twilio', 'elevenlabs') AND dedup_key COLLATE "C" >= {0} AND dedup_key COLLATE "C" < {1}
        UNION ALL
        """;

    private const string OrderingKeysSql = """
        SELECT id FROM inbox WHERE state = 'pending' AND ordering_key = ANY ({0})
        UNION ALL
        SELECT id FROM inbox WHERE state = 'parked' AND ordering_key = ANY ({0})
        """;

    // The inbox does not know senders. The rows that its deliveries have become lead back to them.
    private const string SenderSql = """
        SELECT inbox.id FROM messages JOIN inbox ON source = 'twilio' AND dedup_key = 'sms:' || message_sid
        WHERE from_number = ANY ({0})
        UNION ALL
        SELECT inbox.id FROM calls JOIN inbox ON source = 'twilio'
            AND dedup_key COLLATE "C" >= 'voice-status:' || call_sid || ':' AND dedup_key COLLATE "C" < 'voice-status:' || call_sid || ';'
        WHERE from_number = ANY ({0}) OR to_number = ANY ({0})
        UNION ALL
        SELECT inbox.id FROM calls JOIN inbox ON source = 'elevenlabs' AND dedup_key = 'initiation:' || call_sid
        WHERE from_number = ANY ({0}) OR to_number = ANY ({0})
        UNION ALL
        SELECT inbox.id FROM conversations JOIN inbox ON source = 'elevenlabs'
            AND dedup_key COLLATE "C" >= 'post_call_transcription:' || conversation_id || ':'
            AND dedup_key COLLATE "C" < 'post_call_transcription:' || conversation_id || ';'
        WHERE external_number = ANY ({0})
        UNION ALL
        SELECT id FROM inbox WHERE state = 'pending' AND ordering_key = ANY ({1})
        UNION ALL
        SELECT id FROM inbox WHERE state = 'parked' AND ordering_key = ANY ({1})
        """;

    private const string LeadSql = "SELECT delivery_id FROM lead_events WHERE lead_id = {0}";

    /// <summary>Adds the filter's parameters to a command and returns the condition that uses them.</summary>
    public static string BuildCondition(NpgsqlCommand command, DeliveryFilter filter)
    {
        var conditions = new List<string> { "true" };
        var parameters = command.Parameters;

        if (filter.Topic is { } topic)
        {
            parameters.AddText(topic);
            conditions.Add($"topic = {LastPlaceholder(parameters)}");
        }

        if (filter.State is { } state)
        {
            parameters.AddText(state);
            conditions.Add($"state = {LastPlaceholder(parameters)}");
        }

        if (filter.ParkedAs is { } parkedAs)
        {
            parameters.AddText(parkedAs);
            conditions.Add($"state = 'parked' AND parked_as = {LastPlaceholder(parameters)}");
        }

        if (filter.ReceivedFrom is { } from)
        {
            parameters.AddTimestamp(from);
            conditions.Add($"received_at >= {LastPlaceholder(parameters)}");
        }

        if (filter.ReceivedTo is { } to)
        {
            parameters.AddTimestamp(to);
            conditions.Add($"received_at < {LastPlaceholder(parameters)}");
        }

        if (filter.After is { } after)
        {
            parameters.AddBigint(after);
            conditions.Add($"id < {LastPlaceholder(parameters)}");
        }

        if (filter.Lead is { } lead)
        {
            parameters.AddUuid(lead.Value);
            conditions.Add($"id = ANY (ARRAY({Format(LeadSql, LastPlaceholder(parameters))}))");
        }

        if (filter.Sender is { } sender)
        {
            var spellings = FindSpellings(sender);
            parameters.AddArray(spellings, NpgsqlDbType.Text);
            var placeholder = LastPlaceholder(parameters);
            parameters.AddArray(Array.ConvertAll(spellings, OrderingKeys.ForSender), NpgsqlDbType.Text);
            conditions.Add($"id = ANY (ARRAY({Format(SenderSql, placeholder, LastPlaceholder(parameters))}))");
        }

        if (filter.ProviderId is { } id)
        {
            conditions.Add($"id = ANY (ARRAY({BuildProviderIdSql(parameters, id)}))");
        }

        return string.Join(" AND ", conditions);
    }

    private static string BuildProviderIdSql(NpgsqlParameterCollection parameters, string id)
    {
        var sql = new StringBuilder();
        foreach (var range in ProviderIds.KeyRangesOf(id))
        {
            parameters.AddText(range.From);
            var fromPlaceholder = LastPlaceholder(parameters);
            parameters.AddText(range.Before);
            sql.Append(Format(KeyRangeSql, fromPlaceholder, LastPlaceholder(parameters))).Append('\n');
        }

        parameters.AddArray([.. ProviderIds.OrderingKeysOf(id)], NpgsqlDbType.Text);
        return sql.Append(Format(OrderingKeysSql, LastPlaceholder(parameters))).ToString();
    }

    // The canonical form, and what was sent. A plus sign that the caller has not encoded arrives as a space.
    private static string[] FindSpellings(string sender)
    {
        var sent = sender.StartsWith(' ') ? $"+{sender.Trim()}" : sender.Trim();
        return ChannelAddress.TryParseSender(sent, out var address) ? [sent, address.Text] : [sent];
    }

    private static string LastPlaceholder(NpgsqlParameterCollection parameters) => $"${parameters.Count}";

    private static string Format(string sql, params object[] parameters) =>
        string.Format(CultureInfo.InvariantCulture, sql, parameters);
}
