using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Leads;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>Finds the addresses at which leads are contacted.</summary>
internal static class Recipients
{
    // An address that can receive comes first, then a phone number, then one that a provider has confirmed, then the one that is shown.
    private const string ChosenSql = """
        SELECT leads.id, chosen.kind, chosen.address FROM leads
        LEFT JOIN LATERAL (
            SELECT kind, address FROM lead_addresses WHERE lead_id = leads.id
            ORDER BY kind IN ('sender', 'sip', 'client'), kind <> 'phone', is_claimed, address IS DISTINCT FROM leads.phone, created_at, address
            LIMIT 1) AS chosen ON true
        """;

    private const string FindSql = $"{ChosenSql} WHERE leads.id = $1";

    private const string ListSql = $"""
        {ChosenSql}
        WHERE ($1::uuid IS NULL OR leads.id < $1) AND ($2::uuid[] IS NULL OR leads.id = ANY ($2))
            AND ($3::timestamptz IS NULL OR leads.created_at >= $3) AND ($4::timestamptz IS NULL OR leads.created_at < $4)
        ORDER BY leads.id DESC LIMIT $5
        """;

    /// <summary>Finds the address at which a lead is contacted. Returns null if there is no such lead.</summary>
    public static async Task<Contact?> FindAsync(Func<string, NpgsqlCommand> createCommand, LeadId lead, CancellationToken cancellationToken)
    {
        await using var command = createCommand(FindSql);
        command.Parameters.AddUuid(lead.Value);
        var found = await command.ReadAllAsync(ReadContact, cancellationToken);
        return found is [var contact] ? contact : null;
    }

    /// <summary>Lists the leads of a filter, newest first, each with the address at which it is contacted.</summary>
    public static async Task<List<Contact>> ListAsync(
        Func<string, NpgsqlCommand> createCommand,
        LeadFilter filter,
        int limit,
        CancellationToken cancellationToken)
    {
        await using var command = createCommand(ListSql);
        command.Parameters.AddUuid(filter.After?.Value);
        command.Parameters.Add(new NpgsqlParameter
        {
            Value = filter.Leads is { } leads ? leads.Select(lead => lead.Value).ToArray() : DBNull.Value,
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid,
        });
        command.Parameters.AddTimestamp(filter.CreatedFrom);
        command.Parameters.AddTimestamp(filter.CreatedTo);
        command.Parameters.AddInteger(limit);
        return await command.ReadAllAsync(ReadContact, cancellationToken);
    }

    private static Contact ReadContact(NpgsqlDataReader row) => new(
        new LeadId(row.GetGuid(0)), row.IsDBNull(1) ? null : ChannelAddress.FromParts(row.GetString(1), row.GetString(2)));
}
