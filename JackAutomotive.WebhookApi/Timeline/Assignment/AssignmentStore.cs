using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Staff;
using Npgsql;

namespace JackAutomotive.WebhookApi.Timeline.Assignment;

/// <summary>The member of staff who looks after a lead.</summary>
/// <param name="StaffId">The id.</param>
/// <param name="Name">The name.</param>
/// <param name="IsActive">Whether the person still works here.</param>
/// <param name="AssignedBy">The name of the API key that assigned the lead.</param>
/// <param name="AssignedAt">When the lead was assigned.</param>
internal sealed record AssigneeDetails(Guid StaffId, string Name, bool IsActive, string AssignedBy, DateTimeOffset AssignedAt);

/// <summary>Stores who looks after which lead. The caller of a method that changes anything must hold the lead's lock.</summary>
internal sealed class AssignmentStore(TimeProvider time)
{
    private const string FindSql = """
        SELECT staff_id, name, is_active, assigned_by, assigned_at FROM lead_assignees JOIN staff ON staff.id = staff_id WHERE lead_id = $1
        """;

    private const string AssignSql = """
        INSERT INTO lead_assignees (lead_id, staff_id, assigned_by, assigned_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (lead_id) DO UPDATE SET
            staff_id = EXCLUDED.staff_id, assigned_by = EXCLUDED.assigned_by, assigned_at = EXCLUDED.assigned_at
        """;

    private const string RemoveSql = "DELETE FROM lead_assignees WHERE lead_id = $1";

    /// <summary>Finds who looks after a lead. Returns null if nobody does.</summary>
    public static async Task<AssigneeDetails?> FindAsync(
        Func<string, NpgsqlCommand> createCommand,
        LeadId lead,
        CancellationToken cancellationToken)
    {
        await using var command = createCommand(FindSql);
        command.Parameters.AddUuid(lead.Value);
        var found = await command.ReadAllAsync(
            row => new AssigneeDetails(row.GetGuid(0), row.GetString(1), row.GetBoolean(2), row.GetString(3), row.GetTimeOrNull(4)!.Value),
            cancellationToken);
        return found.SingleOrDefault();
    }

    /// <summary>Assigns a lead to a member of staff, or to nobody, and raises an event if that changes anything.</summary>
    /// <returns>Who looks after the lead now; null if nobody does.</returns>
    public async Task<AssigneeDetails?> AssignAsync(
        UnitOfWork work,
        LeadId lead,
        StaffDetails? assignee,
        string person,
        CancellationToken cancellationToken)
    {
        var before = await FindAsync(work.CreateCommand, lead, cancellationToken);
        if (before?.StaffId == assignee?.Id)
        {
            return before;
        }

        var now = time.GetUtcNow();
        await using var command = work.CreateCommand(assignee is null ? RemoveSql : AssignSql);
        command.Parameters.AddUuid(lead.Value);
        if (assignee is not null)
        {
            command.Parameters.AddUuid(assignee.Id);
            command.Parameters.AddText(person);
            command.Parameters.AddTimestamp(now);
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
        work.Raise(lead, LeadEventTypes.LeadAssigned, now, new
        {
            StaffId = assignee?.Id,
            assignee?.Name,
            PreviousStaffId = before?.StaffId,
            PreviousName = before?.Name,
            AssignedBy = person,
        });
        return assignee is null ? null : new AssigneeDetails(assignee.Id, assignee.Name, assignee.IsActive, person, now);
    }
}
