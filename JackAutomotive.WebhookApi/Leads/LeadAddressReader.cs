using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using Npgsql;

namespace JackAutomotive.WebhookApi.Leads;

/// <summary>An address of a lead.</summary>
/// <param name="Kind">phone, sender (a name or a short code), or the channel: whatsapp, rcs, messenger, sip, client and others.</param>
/// <param name="Address">The address on its channel; for a phone number E.164.</param>
/// <param name="CanReceive">Whether anything can be sent to the address.</param>
/// <param name="IsClaimed">Whether the lead only named the number in a conversation, and no provider has confirmed it.</param>
internal sealed record LeadAddressDetails(string Kind, string Address, bool CanReceive, bool IsClaimed);

/// <summary>Reads a lead's addresses for our own API.</summary>
internal static class LeadAddressReader
{
    private const string ReadSql = """
        SELECT kind, address, is_claimed FROM lead_addresses WHERE lead_id = $1 ORDER BY created_at, kind, address LIMIT 100
        """;

    /// <summary>Reads the addresses of a lead, oldest first.</summary>
    public static async Task<IReadOnlyList<LeadAddressDetails>> ReadAsync(
        NpgsqlConnection connection,
        LeadId lead,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadSql, connection);
        command.Parameters.AddUuid(lead.Value);
        return await command.ReadAllAsync(
            row =>
            {
                var address = ChannelAddress.FromParts(row.GetString(0), row.GetString(1));
                return new LeadAddressDetails(address.Kind, address.Address, address.CanReceive, row.GetBoolean(2));
            },
            cancellationToken);
    }
}
