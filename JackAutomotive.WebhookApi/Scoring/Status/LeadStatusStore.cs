using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.History;

namespace JackAutomotive.WebhookApi.Scoring.Status;

/// <summary>Stores the statuses of leads, adds each change to the lead's history and raises the event.</summary>
internal sealed class LeadStatusStore(HistoryStore history, TimeProvider time)
{
    private const string SaveSql = """
        INSERT INTO lead_statuses (lead_id, status, changed_at, changed_by, person, reason, appointment_at, no_shows, no_show_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (lead_id) DO UPDATE SET
            status = EXCLUDED.status, changed_at = EXCLUDED.changed_at, changed_by = EXCLUDED.changed_by, person = EXCLUDED.person,
            reason = EXCLUDED.reason, appointment_at = EXCLUDED.appointment_at, no_shows = EXCLUDED.no_shows,
            no_show_at = EXCLUDED.no_show_at
        """;

    /// <summary>Stores the new status of a lead, whose row the unit of work has locked.</summary>
    /// <param name="work">The unit of work.</param>
    /// <param name="lead">The lead.</param>
    /// <param name="before">The stored status.</param>
    /// <param name="after">The new status.</param>
    /// <param name="causeDeliveryId">The delivery that caused the change; null if a person or the passing of time caused it.</param>
    /// <param name="cancellationToken">Cancels the statements.</param>
    public async Task ChangeAsync(
        UnitOfWork work,
        LeadId lead,
        StoredStatus before,
        StoredStatus after,
        long? causeDeliveryId,
        CancellationToken cancellationToken)
    {
        await using var command = work.CreateCommand(SaveSql);
        command.Parameters.AddUuid(lead.Value);
        command.Parameters.AddText(after.Status.ToName());
        command.Parameters.AddTimestamp(after.ChangedAt);
        command.Parameters.AddText(after.ChangedBy);
        command.Parameters.AddText(after.Person);
        command.Parameters.AddText(after.Reason);
        command.Parameters.AddTimestamp(after.AppointmentAt);
        command.Parameters.AddInteger(after.NoShows);
        command.Parameters.AddTimestamp(after.NoShowAt);
        await command.ExecuteNonQueryAsync(cancellationToken);

        await history.AddAsync(work, lead, [.. CreateEntries(before, after)], causeDeliveryId, cancellationToken);
        work.Raise(lead, LeadEventTypes.LeadStatusChanged, time.GetUtcNow(), new
        {
            Status = after.Status.ToName(),
            Previous = before.Status.ToName(),
            after.Reason,
            after.ChangedBy,
            after.Person,
            after.AppointmentAt,
            after.NoShows,
        });
    }

    private static IEnumerable<HistoryEntry> CreateEntries(StoredStatus before, StoredStatus after)
    {
        if (before.Status != after.Status)
        {
            yield return Entry("status", Quote(before.Status.ToName()), Quote(after.Status.ToName()));
        }

        if (before.AppointmentAt != after.AppointmentAt)
        {
            yield return Entry("appointmentAt", Time(before.AppointmentAt), Time(after.AppointmentAt));
        }

        if (before.NoShows != after.NoShows)
        {
            yield return Entry("noShows", $"{before.NoShows}", $"{after.NoShows}");
        }

        HistoryEntry Entry(string field, string? oldValue, string? newValue) =>
            new("status", field, oldValue, newValue, after.ChangedBy, after.Person, after.Reason, null);
    }

    private static string Quote(string text) => $"\"{text}\"";

    private static string? Time(DateTimeOffset? time) => time is { } known ? Quote(known.UtcDateTime.ToString("O")) : null;
}
