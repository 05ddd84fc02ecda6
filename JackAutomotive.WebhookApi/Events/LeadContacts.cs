using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Events;

/// <summary>
/// Stores when each lead and we were last in contact. Contact follows from the lead's events, so whoever raises an event of contact need not
/// know of this table.
/// </summary>
internal static class LeadContacts
{
    // The unit of work has locked the leads' rows, so nobody else changes these rows meanwhile.
    private const string SaveSql = """
        INSERT INTO lead_contacts AS stored (lead_id, last_contact_at, is_unanswered)
        SELECT contact.lead_id, contact.at, coalesce(contact.is_unanswered, known.is_unanswered, false)
        FROM unnest($1, $2, $3) AS contact (lead_id, at, is_unanswered) LEFT JOIN lead_contacts AS known USING (lead_id)
        ORDER BY contact.lead_id
        ON CONFLICT (lead_id) DO UPDATE SET last_contact_at = EXCLUDED.last_contact_at, is_unanswered = EXCLUDED.is_unanswered
        WHERE stored.last_contact_at < EXCLUDED.last_contact_at
            OR (stored.last_contact_at = EXCLUDED.last_contact_at AND stored.is_unanswered <> EXCLUDED.is_unanswered)
        """;

    /// <summary>Stores the contacts that follow from a unit of work's events.</summary>
    /// <param name="work">The unit of work, which holds the locks of the leads.</param>
    /// <param name="events">The events in the order in which they were raised.</param>
    /// <param name="now">The present time. No contact is later, whatever a provider's clock says.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public static async Task SaveAsync(
        UnitOfWork work,
        IEnumerable<(LeadId Lead, string Type, DateTimeOffset At)> events,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var contacts = events.Where(e => IsContact(e.Type))
            .GroupBy(e => e.Lead, (lead, ofLead) => FindLast(lead, [.. ofLead], now))
            .ToList();
        if (contacts.Count == 0)
        {
            return;
        }

        await using var command = work.CreateCommand(SaveSql);
        command.Parameters.AddArray(contacts.Select(contact => contact.Lead.Value).ToArray(), NpgsqlDbType.Uuid);
        command.Parameters.AddArray(contacts.Select(contact => contact.At.UtcDateTime).ToArray(), NpgsqlDbType.TimestampTz);
        command.Parameters.AddArray(contacts.Select(contact => contact.IsUnanswered).ToArray(), NpgsqlDbType.Boolean);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Returns the last contact of one lead, and whether the lead waits for an answer; null if the events do not show it.</summary>
    internal static (LeadId Lead, DateTimeOffset At, bool? IsUnanswered) FindLast(
        LeadId lead,
        IReadOnlyList<(LeadId Lead, string Type, DateTimeOffset At)> contacts,
        DateTimeOffset now)
    {
        var last = contacts.Max(contact => contact.At);
        return (lead, last < now ? last : now, contacts.Select(contact => LeavesUnanswered(contact.Type)).LastOrDefault(answer => answer is not null));
    }

    private static bool IsContact(string type) => type is LeadEventTypes.LeadCreated or LeadEventTypes.SmsReceived
        or LeadEventTypes.CallInitiated or LeadEventTypes.CallStatus or LeadEventTypes.CallFailed or LeadEventTypes.CallCompleted
        or LeadEventTypes.ConversationUser or LeadEventTypes.ConversationAgent or LeadEventTypes.TranscriptAdded
        or LeadEventTypes.SmsSent or LeadEventTypes.CallRequested;

    // A text of the lead waits for an answer until we have written, or somebody has talked with the lead. A call that reached nobody answers
    // nothing.
    private static bool? LeavesUnanswered(string type) => type switch
    {
        LeadEventTypes.SmsReceived => true,
        LeadEventTypes.ConversationUser or LeadEventTypes.ConversationAgent or LeadEventTypes.CallCompleted or LeadEventTypes.TranscriptAdded
            or LeadEventTypes.SmsSent => false,
        _ => null,
    };
}
