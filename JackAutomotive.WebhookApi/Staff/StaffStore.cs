using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using Npgsql;

namespace JackAutomotive.WebhookApi.Staff;

/// <summary>A member of our staff.</summary>
/// <param name="Id">The id.</param>
/// <param name="Name">The name.</param>
/// <param name="Email">The e-mail address, or null.</param>
/// <param name="Phone">The phone number, E.164, or null. It is never a lead's number.</param>
/// <param name="IsActive">Whether leads can be assigned to the person.</param>
/// <param name="CreatedAt">When the person was added.</param>
/// <param name="UpdatedAt">When the entry last changed.</param>
internal sealed record StaffDetails(
    Guid Id,
    string Name,
    string? Email,
    string? Phone,
    bool IsActive,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

/// <summary>Stores our staff.</summary>
internal sealed class StaffStore(NpgsqlDataSource database)
{
    private const string Columns = "id, name, email, phone, is_active, created_at, updated_at";

    private const string FindSql = $"SELECT {Columns} FROM staff WHERE id = $1";

    private const string LockSql = $"SELECT {Columns} FROM staff WHERE id = $1 FOR UPDATE";

    private const string ListSql = $"""
        SELECT {Columns} FROM staff
        WHERE ($1::boolean IS NULL OR is_active = $1) AND ($2::uuid IS NULL OR (name, id) > (SELECT name, id FROM staff WHERE id = $2))
        ORDER BY name, id LIMIT $3
        """;

    // Inactive people keep their numbers: they are still no leads.
    private const string NumbersSql = "SELECT phone FROM staff WHERE phone IS NOT NULL";

    private const string SaveSql = """
        INSERT INTO staff (id, name, email, phone, is_active, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id) DO UPDATE SET
            name = EXCLUDED.name, email = EXCLUDED.email, phone = EXCLUDED.phone, is_active = EXCLUDED.is_active, updated_at = EXCLUDED.updated_at
        """;

    /// <summary>Finds a member of staff. Returns null if there is none.</summary>
    public static async Task<StaffDetails?> FindAsync(
        Func<string, NpgsqlCommand> createCommand,
        Guid id,
        CancellationToken cancellationToken) =>
        await FindAsync(createCommand, FindSql, id, cancellationToken);

    /// <inheritdoc cref="FindAsync(Func{string, NpgsqlCommand}, Guid, CancellationToken)"/>
    public Task<StaffDetails?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        FindAsync(database.CreateCommand, id, cancellationToken);

    /// <summary>Finds a member of staff and locks the row until the unit of work ends.</summary>
    public static Task<StaffDetails?> LockAsync(UnitOfWork work, Guid id, CancellationToken cancellationToken) =>
        FindAsync(work.CreateCommand, LockSql, id, cancellationToken);

    /// <summary>Lists our staff in alphabetical order.</summary>
    /// <param name="isActive">If not null, only people who are active, or only those who are not.</param>
    /// <param name="after">If not null, only people after this one.</param>
    /// <param name="limit">The maximum number of people.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    public async Task<List<StaffDetails>> ListAsync(bool? isActive, Guid? after, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ListSql);
        command.Parameters.AddBoolean(isActive);
        command.Parameters.AddUuid(after);
        command.Parameters.AddInteger(limit);
        return await command.ReadAllAsync(ReadMember, cancellationToken);
    }

    /// <summary>Reads the phone numbers of all members, also of those who are no longer active.</summary>
    public async Task<List<string>> ReadNumbersAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(NumbersSql);
        return await command.ReadAllAsync(row => row.GetString(0), cancellationToken);
    }

    /// <summary>Stores a new or changed member.</summary>
    /// <returns>Why the member's number cannot be stored; null if the member is stored.</returns>
    public static async Task<StaffConflict?> TrySaveAsync(UnitOfWork work, StaffDetails member, CancellationToken cancellationToken)
    {
        if (PhoneNumber.TryParse(member.Phone, out var phone)
            && await LeadStore.FindAsync(work, ChannelAddress.FromPhone(phone), cancellationToken) is { } lead)
        {
            return new StaffConflict(lead);
        }

        await using var command = work.CreateCommand(SaveSql);
        command.Parameters.AddUuid(member.Id);
        command.Parameters.AddText(member.Name);
        command.Parameters.AddText(member.Email);
        command.Parameters.AddText(member.Phone);
        command.Parameters.AddBoolean(member.IsActive);
        command.Parameters.AddTimestamp(member.CreatedAt);
        command.Parameters.AddTimestamp(member.UpdatedAt);
        try
        {
            await command.ExecuteNonQueryAsync(cancellationToken);
            return null;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return new StaffConflict(null);
        }
    }

    private static async Task<StaffDetails?> FindAsync(
        Func<string, NpgsqlCommand> createCommand,
        string sql,
        Guid id,
        CancellationToken cancellationToken)
    {
        await using var command = createCommand(sql);
        command.Parameters.AddUuid(id);
        return (await command.ReadAllAsync(ReadMember, cancellationToken)).SingleOrDefault();
    }

    private static StaffDetails ReadMember(NpgsqlDataReader row) => new(
        row.GetGuid(0),
        row.GetString(1),
        row.GetTextOrNull(2),
        row.GetTextOrNull(3),
        row.GetBoolean(4),
        row.GetTimeOrNull(5)!.Value,
        row.GetTimeOrNull(6)!.Value);
}

/// <summary>Whose number a member of staff cannot have: a lead's or, if <paramref name="Lead"/> is null, another member's.</summary>
internal sealed record StaffConflict(LeadId? Lead);
