using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;

namespace JackAutomotive.WebhookApi.Leads;

/// <summary>Finds and creates leads.</summary>
internal sealed class LeadStore(TimeProvider time)
{
    private const string ExistsSql = "SELECT FROM leads WHERE id = $1";

    private const string FindByPhoneSql = "SELECT id FROM leads WHERE phone = $1";

    private const string CreateSql = """
        INSERT INTO leads (id, phone, created_at, updated_at) VALUES ($1, $2, $3, $3)
        ON CONFLICT (phone) DO NOTHING
        RETURNING id
        """;

    public static async Task<bool> ExistsAsync(UnitOfWork work, LeadId lead, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(ExistsSql);
        command.Parameters.AddUuid(lead.Value);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken);
    }

    /// <summary>Finds the lead with this phone number. Returns null if there is none.</summary>
    public static async Task<LeadId?> FindByPhoneAsync(UnitOfWork work, PhoneNumber phone, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(FindByPhoneSql);
        command.Parameters.AddText(phone.Value);
        return await command.ExecuteScalarAsync(cancellationToken) is Guid id ? new LeadId(id) : null;
    }

    /// <summary>
    /// Finds the lead with this phone number, or creates it. If several transactions look for the same new number at once, one of them
    /// creates the lead.
    /// </summary>
    public async Task<(LeadId Lead, bool IsNew)> FindOrCreateAsync(UnitOfWork work, PhoneNumber phone, CancellationToken cancellationToken)
    {
        // A second round finds the lead that another transaction has created between the search and the insert. A third round is necessary
        // only if that lead is deleted in between.
        while (true)
        {
            if (await FindByPhoneAsync(work, phone, cancellationToken) is { } found)
            {
                return (found, false);
            }

            if (await InsertAsync(work, phone, cancellationToken) is { } created)
            {
                return (created, true);
            }
        }
    }

    /// <summary>Creates a lead without a phone number.</summary>
    public async Task<LeadId> CreateAsync(UnitOfWork work, CancellationToken cancellationToken) =>
        await InsertAsync(work, null, cancellationToken)
        ?? throw new InvalidOperationException("The insert of a lead without a phone number returned no id.");

    private async Task<LeadId?> InsertAsync(UnitOfWork work, PhoneNumber? phone, CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(CreateSql);
        command.Parameters.AddUuid(LeadId.New(time).Value);
        command.Parameters.AddText(phone?.Value);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        return await command.ExecuteScalarAsync(cancellationToken) is Guid id ? new LeadId(id) : null;
    }
}
