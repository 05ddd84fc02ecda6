using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Consent;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>A contact that is decided about.</summary>
/// <param name="Lead">The lead; null if only the address is known, whose lead is then looked up.</param>
/// <param name="Address">The address; null if the lead has none.</param>
/// <param name="IsHidden">Whether the address is the stand-in of a caller who withholds the number.</param>
internal readonly record struct Contact(LeadId? Lead, ChannelAddress? Address, bool IsHidden = false);

/// <summary>Decides whether leads may be contacted: reads the facts in one round trip and applies <see cref="GateRules"/>.</summary>
internal sealed class OutboundGates(ErasedContacts erased, IOptions<GateOptions> options)
{
    private const string FactsSql = """
        SELECT lead.id,
            (SELECT json_agg(json_build_array(change = 'opt_out', scope, said_by, source, said_at))::text FROM consent_entries WHERE id IN (
                SELECT id FROM consent_entries WHERE lead_id = lead.id
                UNION ALL SELECT entry.id FROM lead_addresses JOIN consent_entries AS entry USING (kind, address) WHERE lead_addresses.lead_id = lead.id
                UNION ALL SELECT id FROM consent_entries WHERE kind = contact.kind AND address = contact.address)),
            (SELECT error_code FROM undeliverable_addresses WHERE kind = contact.kind AND address = contact.address),
            EXISTS (SELECT FROM live_conversations WHERE lead_id = lead.id AND status = 'live')
                OR EXISTS (
                    SELECT FROM calls WHERE lead_id = lead.id AND status IN ('queued', 'initiated', 'ringing', 'in-progress')
                        AND updated_at > $5 - interval '4 hours')
                OR EXISTS (
                    SELECT FROM outbound_jobs
                    WHERE lead_id = lead.id AND due_at IS NOT NULL AND kind = 'call' AND state IN ('sending', 'unknown', 'sent')),
            ARRAY(
                SELECT decided_at FROM outbound_decisions
                WHERE is_send AND channel = $4 AND decided_at > $5 - interval '24 hours' AND lead_id = lead.id
                ORDER BY decided_at DESC LIMIT $6),
            (SELECT max(decided_at) FROM outbound_decisions
                WHERE is_send AND channel = $4 AND kind = contact.kind AND address = contact.address),
            (SELECT erased_at FROM erased_addresses WHERE address_hash = contact.address_hash AND has_opted_out),
            (SELECT changed_at FROM lead_statuses WHERE lead_id = lead.id AND status = 'do_not_contact' AND changed_by = 'person')
        FROM unnest($1, $2, $3, $7) WITH ORDINALITY AS contact (lead_id, kind, address, address_hash, number)
        CROSS JOIN LATERAL (SELECT coalesce(
            contact.lead_id,
            (SELECT lead_id FROM lead_addresses WHERE kind = contact.kind AND address = contact.address)) AS id) AS lead
        ORDER BY contact.number
        """;

    /// <summary>Decides whether a text or a call may go to an address.</summary>
    /// <param name="createCommand">Creates commands, in the transaction of the caller or outside of one.</param>
    /// <param name="lead">The lead; null if the caller knows only the address, whose lead is then looked up.</param>
    /// <param name="address">The address.</param>
    /// <param name="channel">How the lead is contacted.</param>
    /// <param name="at">The time of the contact.</param>
    /// <param name="overrides">The gates that the caller may pass.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public async Task<OutboundDecision> DecideAsync(
        Func<string, NpgsqlCommand> createCommand,
        LeadId? lead,
        ChannelAddress address,
        OutboundChannel channel,
        DateTimeOffset at,
        GateOverrides overrides,
        CancellationToken cancellationToken)
    {
        var decisions = await DecideAsync(createCommand, [new Contact(lead, address)], channel, at, overrides, cancellationToken);
        return decisions[0];
    }

    /// <summary>Decides about several contacts. The decisions have the order of the contacts.</summary>
    public async Task<IReadOnlyList<OutboundDecision>> DecideAsync(
        Func<string, NpgsqlCommand> createCommand,
        IReadOnlyList<Contact> contacts,
        OutboundChannel channel,
        DateTimeOffset at,
        GateOverrides overrides,
        CancellationToken cancellationToken)
    {
        var limits = options.Value.LimitsOf(channel);
        await using var command = createCommand(FactsSql);
        command.Parameters.AddArray(contacts.Select(contact => contact.Lead?.Value).ToArray(), NpgsqlDbType.Uuid);
        command.Parameters.AddArray(contacts.Select(contact => contact.Address?.Kind).ToArray(), NpgsqlDbType.Text);
        command.Parameters.AddArray(contacts.Select(contact => contact.Address?.Address).ToArray(), NpgsqlDbType.Text);
        command.Parameters.AddText(OutboundDecisionStore.NameOf(channel));
        command.Parameters.AddTimestamp(at);
        command.Parameters.AddInteger(limits.PerDay);
        command.Parameters.AddArray(contacts.Select(contact => contact.Address is { } address ? erased.Hash(address) : null).ToArray(), NpgsqlDbType.Bytea);
        var number = 0;
        return await command.ReadAllAsync(row => GateRules.Decide(ReadFacts(row, contacts[number++])), cancellationToken);

        GateFacts ReadFacts(NpgsqlDataReader row, Contact contact) => new()
        {
            Channel = channel,
            At = at,
            Lead = row.IsDBNull(0) ? null : new LeadId(row.GetGuid(0)),
            Address = contact.Address,
            IsHidden = contact.IsHidden,
            IsSwitchedOn = options.Value.Enabled,
            Consent = ConsentState.FromEntries(ReadConsent(row.GetTextOrNull(1), row.GetTimeOrNull(6), row.GetTimeOrNull(7))),
            UndeliverableCode = row.GetTextOrNull(2),
            IsInCall = row.GetBoolean(3),
            Sends = row.GetFieldValue<DateTimeOffset[]>(4),
            LastSendToAddress = row.GetTimeOrNull(5),
            Zones = PhoneTimeZones.FindAll(contact.Address?.Phone),
            Hours = options.Value.AllowedHours,
            Limits = limits,
            Overrides = overrides,
        };
    }

    // The ledger is [[true, "all", "customer", "keyword", "2026-11-23T12:00:00+00:00"]]. An erased lead's opt-out has left the ledger but still
    // counts, and so does a person's decision that the lead's status is do_not_contact.
    private static List<ConsentFact> ReadConsent(string? ledger, DateTimeOffset? erasedAt, DateTimeOffset? statusAt)
    {
        var facts = new List<ConsentFact>();
        if (ledger is not null)
        {
            facts.AddRange(JsonSerializer.Deserialize<JsonElement[][]>(ledger)!.Select(entry => new ConsentFact(
                entry[0].GetBoolean(), entry[1].GetString()!, entry[2].GetString()!, entry[3].GetString()!, entry[4].GetDateTimeOffset())));
        }

        if (erasedAt is { } erasure)
        {
            facts.Add(new ConsentFact(true, ConsentScopes.All, ConsentSpeakers.Customer, ConsentSources.Erased, erasure));
        }

        if (statusAt is { } change)
        {
            facts.Add(new ConsentFact(true, ConsentScopes.All, ConsentSpeakers.Staff, ConsentSources.Status, change));
        }

        return facts;
    }
}
