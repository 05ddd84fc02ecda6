using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Outbound.Gates;

/// <summary>Stores the decisions about texts and calls, each with the rules' version and the facts. The caps count the sends among them.</summary>
internal sealed class OutboundDecisionStore(TimeProvider time)
{
    private const string AddSql = """
        INSERT INTO outbound_decisions (
            id, job_id, lead_id, kind, address, channel, is_send, allowed, gate, opens_at, version, gates, facts, decided_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::json, $13::json, $14)
        """;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    /// <summary>Stores a decision in the transaction that acts on it.</summary>
    /// <param name="work">The unit of work.</param>
    /// <param name="job">The job that the decision is about; null if it was refused before it became a job.</param>
    /// <param name="isSend">Whether the text or call goes out with this decision. Only such decisions count for the caps.</param>
    /// <param name="lead">The lead; null if the address belongs to none.</param>
    /// <param name="address">The address.</param>
    /// <param name="decision">The decision.</param>
    /// <param name="cancellationToken">Cancels the insert.</param>
    public async Task AddAsync(
        UnitOfWork work,
        Guid? job,
        bool isSend,
        LeadId? lead,
        ChannelAddress address,
        OutboundDecision decision,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(AddSql);
        command.Parameters.AddUuid(Guid.CreateVersion7(time.GetUtcNow()));
        command.Parameters.AddUuid(job);
        command.Parameters.AddUuid((lead ?? decision.Facts.Lead)?.Value);
        command.Parameters.AddText(address.Kind);
        command.Parameters.AddText(address.Address);
        command.Parameters.AddText(NameOf(decision.Facts.Channel));
        command.Parameters.AddBoolean(isSend);
        command.Parameters.AddBoolean(decision.Allowed);
        command.Parameters.AddText(decision.FirstShut?.Gate);
        command.Parameters.AddTimestamp(decision.OpensAt);
        command.Parameters.AddText(decision.Version);
        command.Parameters.AddText(JsonSerializer.Serialize(decision.Gates, s_json));
        command.Parameters.AddText(DescribeFacts(decision.Facts));
        command.Parameters.AddTimestamp(decision.Facts.At);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Returns the name of a way of contact, as the API and the tables write it.</summary>
    public static string NameOf(OutboundChannel channel) => channel == OutboundChannel.Text ? "text" : "call";

    private static string DescribeFacts(GateFacts facts) => JsonSerializer.Serialize(
        new
        {
            facts.At,
            Zones = facts.Zones.Select(zone => zone.Id),
            AllowedFrom = facts.Hours.From.ToString("HH:mm", null),
            AllowedUntil = facts.Hours.Until.ToString("HH:mm", null),
            facts.IsSwitchedOn,
            facts.IsInCall,
            facts.UndeliverableCode,
            SendsInDay = facts.Sends.Count,
            facts.Limits.PerDay,
            facts.LastSendToAddress,
            facts.Limits.Spacing,
            facts.Overrides.PassCaps,
            facts.Consent,
        },
        s_json);
}
