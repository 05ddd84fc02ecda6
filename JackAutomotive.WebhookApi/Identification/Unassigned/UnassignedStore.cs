using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Identification.Unassigned;

/// <summary>Why a contact is listed for a person.</summary>
internal static class UnassignedReasons
{
    /// <summary>The strongest clue decides, and a weaker clue names another lead.</summary>
    public const string Contradiction = "contradiction";

    /// <summary>Equally strong clues name several leads.</summary>
    public const string Ambiguous = "ambiguous";

    /// <summary>Several leads share the address of the contact.</summary>
    public const string SharedNumber = "shared_number";
}

/// <summary>A clue with the leads that it names.</summary>
/// <param name="Clue">The name of the clue, one of <see cref="ClueNames"/>.</param>
/// <param name="LeadIds">The leads; empty for an address that no lead had yet.</param>
internal sealed record ClueDetails(string Clue, IReadOnlyList<Guid> LeadIds);

/// <summary>A call or a conversation whose clues do not name one lead.</summary>
/// <param name="Id">Our id of the entry.</param>
/// <param name="Kind">call or conversation: whether there is a telephone call.</param>
/// <param name="ConversationId">The provider's id of the conversation, if it is known.</param>
/// <param name="CallSid">Twilio's id of the call, if there is one.</param>
/// <param name="Channel">voice, sms, whatsapp and others.</param>
/// <param name="At">When the contact took place, UTC.</param>
/// <param name="Reason">One of <see cref="UnassignedReasons"/>.</param>
/// <param name="MatchedBy">The clue that decided; <c>unclear</c> if none did.</param>
/// <param name="Clues">The clues with the leads that they name, the strongest first.</param>
/// <param name="LeadId">The lead that has the contact meanwhile, or that a person has chosen.</param>
/// <param name="IsOwnLead">Whether that lead exists for this contact only, until a person decides.</param>
/// <param name="ResolvedAt">When a person decided, UTC; null while nobody has.</param>
/// <param name="ResolvedBy">The name of the API key of that person.</param>
internal sealed record UnassignedContact(
    Guid Id,
    string Kind,
    string? ConversationId,
    string? CallSid,
    string Channel,
    DateTimeOffset At,
    string Reason,
    string MatchedBy,
    IReadOnlyList<ClueDetails> Clues,
    Guid LeadId,
    bool IsOwnLead,
    DateTimeOffset? ResolvedAt,
    string? ResolvedBy);

/// <summary>Stores the queue of contacts that wait for a person to assign them.</summary>
internal sealed class UnassignedStore(TimeProvider time)
{
    private const string AddSql = """
        INSERT INTO unassigned_contacts (
            id, conversation_id, call_sid, channel, contact_at, reason, matched_by, clues, addresses, lead_id, own_lead_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT DO NOTHING
        """;

    private const string ChosenSql = """
        SELECT lead_id FROM unassigned_contacts
        WHERE (conversation_id = $1 OR call_sid = $2) AND resolved_at IS NOT NULL ORDER BY resolved_at DESC LIMIT 1
        """;

    private const string Columns = """
        id, conversation_id, call_sid, channel, contact_at, reason, matched_by, clues::text, lead_id,
            own_lead_id IS NOT DISTINCT FROM lead_id AND resolved_at IS NULL
                AND NOT EXISTS (SELECT FROM lead_merges WHERE stays_id = lead_id AND undone_at IS NULL),
            resolved_at, resolved_by
        """;

    private const string ListSql = $"""
        SELECT {Columns} FROM unassigned_contacts
        WHERE resolved_at IS NULL AND ($1::uuid IS NULL OR id < $1) ORDER BY id DESC LIMIT $2
        """;

    private const string LockSql = $"SELECT {Columns} FROM unassigned_contacts WHERE id = $1 FOR UPDATE";

    private const string AddressesSql = "SELECT addresses::text FROM unassigned_contacts WHERE id = $1";

    private const string ResolveSql = """
        UPDATE unassigned_contacts SET lead_id = $2, resolved_at = $3, resolved_by = $4 WHERE id = $1
        """;

    private const string ForgetLeadSql = """
        UPDATE unassigned_contacts SET clues = (
            SELECT coalesce(jsonb_agg(jsonb_set(clue, '{leadIds}', (
                SELECT coalesce(jsonb_agg(named), '[]') FROM jsonb_array_elements(clue->'leadIds') AS named WHERE named#>>'{}' <> ALL ($1)))), '[]')
            FROM jsonb_array_elements(clues) AS clue)
        WHERE EXISTS (SELECT FROM jsonb_path_query(clues, '$[*].leadIds[*]') AS named WHERE named#>>'{}' = ANY ($1))
        """;

    private const string ForgetAddressesSql = """
        UPDATE unassigned_contacts SET addresses = (
            SELECT coalesce(jsonb_agg(stated), '[]') FROM jsonb_array_elements(addresses) AS stated WHERE stated->>'address' <> ALL ($1))
        WHERE EXISTS (SELECT FROM jsonb_array_elements(addresses) AS stated WHERE stated->>'address' = ANY ($1))
        """;

    /// <summary>Lists a contact. A contact that is or was listed stays as it is.</summary>
    public async Task AddAsync(
        UnitOfWork work,
        LeadClues clues,
        IReadOnlyList<ClueLeads> found,
        LeadMatch match,
        string reason,
        CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var details = found.Select(clue => new ClueDetails(clue.Clue, [.. clue.Leads.Select(lead => lead.Value)]));
        var addresses = clues.Addresses.Where(clue => clue is { IsClaimed: false, Name: not ClueNames.UserId }).Select(clue => clue.Address).Distinct();
        await using var command = work.CreateCommand(AddSql);
        command.Parameters.AddUuid(Guid.CreateVersion7(now));
        command.Parameters.AddText(clues.ConversationId);
        command.Parameters.AddText(clues.CallSid);
        command.Parameters.AddText(clues.Channel);
        command.Parameters.AddTimestamp(clues.At);
        command.Parameters.AddText(reason);
        command.Parameters.AddText(match.MatchedBy);
        command.Parameters.AddJsonb(JsonSerializer.Serialize(details, JsonSerializerOptions.Web));
        command.Parameters.AddJsonb(JsonSerializer.Serialize(
            addresses.Select(address => new StoredAddress(address.Kind, address.Address)), JsonSerializerOptions.Web));
        command.Parameters.AddUuid(match.Lead.Value);
        command.Parameters.AddUuid(match.MatchedBy == ClueNames.Unclear ? match.Lead.Value : null);
        command.Parameters.AddTimestamp(now);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Finds the lead to which a person has assigned the contact. Returns null if no person has.</summary>
    public static async Task<LeadId?> FindChosenLeadAsync(UnitOfWork work, LeadClues clues, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(ChosenSql);
        command.Parameters.AddText(clues.ConversationId);
        command.Parameters.AddText(clues.CallSid);
        return await command.ExecuteScalarAsync(cancellationToken) is Guid lead ? new LeadId(lead) : null;
    }

    /// <summary>Lists the contacts that wait, newest first.</summary>
    public static async Task<IReadOnlyList<UnassignedContact>> ListAsync(
        NpgsqlDataSource database,
        Guid? before,
        int limit,
        CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ListSql);
        command.Parameters.AddUuid(before);
        command.Parameters.AddInteger(limit);
        return await command.ReadAllAsync(ReadContact, cancellationToken);
    }

    /// <summary>Finds a contact, and locks its row until the unit of work ends. Returns null if there is none.</summary>
    public static async Task<UnassignedContact?> LockAsync(UnitOfWork work, Guid id, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(LockSql);
        command.Parameters.AddUuid(id);
        return (await command.ReadAllAsync(ReadContact, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Returns the addresses that the provider stated for the contact.</summary>
    public static async Task<IReadOnlyList<ChannelAddress>> ReadAddressesAsync(UnitOfWork work, Guid id, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(AddressesSql);
        command.Parameters.AddUuid(id);
        var json = (string)(await command.ExecuteScalarAsync(cancellationToken))!;
        var stored = JsonSerializer.Deserialize<List<StoredAddress>>(json, JsonSerializerOptions.Web)!;
        return [.. stored.Select(address => ChannelAddress.FromParts(address.Kind, address.Address))];
    }

    /// <summary>Records a person's decision.</summary>
    public async Task ResolveAsync(UnitOfWork work, Guid id, LeadId lead, string person, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(ResolveSql);
        command.Parameters.AddUuid(id);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        command.Parameters.AddText(person);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Removes erased leads from the clues of other leads' contacts.</summary>
    /// <param name="work">The unit of work that erases the leads.</param>
    /// <param name="leads">The ids of the leads, as text.</param>
    /// <param name="addresses">The addresses of the leads.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public static async Task ForgetAsync(UnitOfWork work, string[] leads, string[] addresses, CancellationToken cancellationToken)
    {
        foreach (var (sql, values) in new[] { (ForgetLeadSql, leads), (ForgetAddressesSql, addresses) })
        {
            await using var command = work.CreateCommand(sql);
            command.Parameters.AddArray(values, NpgsqlDbType.Text);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static UnassignedContact ReadContact(NpgsqlDataReader row) => new(
        row.GetGuid(0),
        row.IsDBNull(2) ? "conversation" : "call",
        row.GetTextOrNull(1),
        row.GetTextOrNull(2),
        row.GetString(3),
        row.GetTimeOrNull(4)!.Value,
        row.GetString(5),
        row.GetString(6),
        JsonSerializer.Deserialize<List<ClueDetails>>(row.GetString(7), JsonSerializerOptions.Web) ?? [],
        row.GetGuid(8),
        row.GetBoolean(9),
        row.GetTimeOrNull(10),
        row.GetTextOrNull(11));

    private sealed record StoredAddress(string Kind, string Address);
}
