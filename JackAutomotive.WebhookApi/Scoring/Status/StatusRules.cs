using JackAutomotive.WebhookApi.Scoring.Facts;

namespace JackAutomotive.WebhookApi.Scoring.Status;

/// <summary>Whether a lead may move from one status to another.</summary>
internal enum Permission
{
    Forbidden,
    Allowed,

    /// <summary>A person may do it and has to give a reason.</summary>
    AllowedWithReason,
}

/// <summary>A move to another status.</summary>
internal sealed record StatusMove(LeadStatus To, StatusActor Actor, string Reason);

/// <summary>The state machine of the lead's status: a table of moves, and the rule that follows from the facts.</summary>
internal static class StatusRules
{
    /// <summary>
    /// Returns whether <paramref name="actor"/> may move a lead.
    /// <list type="bullet">
    /// <item>Rules move a lead forward only: new, contacted, engaged, appointment. They also move an open lead to lost, when the lead has bought
    /// elsewhere or the number turns out to be another person's.</item>
    /// <item>The lead may end all contact from any status, and may resume it. A resumed lead has no appointment.</item>
    /// <item>A person may do everything. A person gives a reason for a step back, for lost and do_not_contact, and for leaving sold, lost and
    /// do_not_contact.</item>
    /// </list>
    /// </summary>
    public static Permission Check(LeadStatus from, LeadStatus to, StatusActor actor) => actor switch
    {
        _ when from == to => Permission.Forbidden,
        StatusActor.Rule => IsForward(from, to) || (to == LeadStatus.Lost && IsOpen(from)) ? Permission.Allowed : Permission.Forbidden,
        StatusActor.Lead => to == LeadStatus.DoNotContact || (from == LeadStatus.DoNotContact && IsOpen(to) && to != LeadStatus.Appointment)
            ? Permission.Allowed
            : Permission.Forbidden,
        _ => IsForward(from, to) || (to == LeadStatus.Sold && IsOpen(from)) ? Permission.Allowed : Permission.AllowedWithReason,
    };

    /// <summary>Returns the facts with the status that follows from them at a time.</summary>
    public static LeadFacts Apply(LeadFacts facts, DateTimeOffset now) => Decide(facts) is { } move
        ? facts with
        {
            Status = facts.Status with
            {
                Status = move.To,
                ChangedAt = now,
                ChangedBy = move.Actor.ToName(),
                Person = null,
                Reason = move.Reason,
                AppointmentAt = null,
            },
        }
        : facts;

    /// <summary>Returns the move that follows from the facts; null if the lead stays where it is.</summary>
    public static StatusMove? Decide(LeadFacts facts)
    {
        var status = facts.Status;

        // A person's decision already takes earlier events into account, so only later events count.
        var since = status.IsByPerson ? status.ChangedAt : DateTimeOffset.MinValue;
        var move = FindMove(facts, since);
        return move is not null && Check(status.Status, move.To, move.Actor) == Permission.Allowed ? move : null;
    }

    private static StatusMove? FindMove(LeadFacts facts, DateTimeOffset since)
    {
        var (stop, resume) = (FindSince(facts, SignalKind.StopRequest, since), FindSince(facts, SignalKind.ResumeRequest, since));
        if (stop is not null && (resume is null || resume.At <= stop.At))
        {
            return new StatusMove(LeadStatus.DoNotContact, StatusActor.Lead, "The lead asked to end all contact.");
        }

        var stage = FindStage(facts.Contacts, since);
        if (facts.Status.Status == LeadStatus.DoNotContact)
        {
            return resume is null || facts.Status.IsByPerson
                ? null
                : stage with { Actor = StatusActor.Lead, Reason = "The lead asked to resume contact." };
        }

        if (FindSince(facts, SignalKind.AlreadyBought, since) is not null)
        {
            return new StatusMove(LeadStatus.Lost, StatusActor.Rule, "The lead has bought a car elsewhere.");
        }

        return FindSince(facts, SignalKind.WrongNumber, since) is not null
            ? new StatusMove(LeadStatus.Lost, StatusActor.Rule, "The number belongs to another person.")
            : stage;
    }

    private static LeadSignal? FindSince(LeadFacts facts, SignalKind kind, DateTimeOffset since) =>
        facts.FindLast(kind) is { } signal && signal.At > since ? signal : null;

    // Only what happened after a time counts. A reply after that time may answer what we wrote before it.
    private static StatusMove FindStage(IReadOnlyList<Contact> contacts, DateTimeOffset since)
    {
        var (wroteEarlier, hasContact, hasReply, hasConversation) = (false, false, false, false);
        foreach (var contact in contacts)
        {
            var counts = contact.At > since;
            hasReply |= counts && wroteEarlier && contact is { IsFromLead: true, IsFromUs: false };
            hasConversation |= counts && contact.IsConversation;
            hasContact |= counts && contact.IsFromUs;
            wroteEarlier |= contact.IsFromUs;
        }

        return (hasConversation, hasReply, hasContact) switch
        {
            (true, _, _) => new StatusMove(LeadStatus.Engaged, StatusActor.Rule, "The lead talked with the dealership."),
            (_, true, _) => new StatusMove(LeadStatus.Engaged, StatusActor.Rule, "The lead replied to the dealership."),
            (_, _, true) => new StatusMove(LeadStatus.Contacted, StatusActor.Rule, "The dealership contacted the lead."),
            _ => new StatusMove(LeadStatus.New, StatusActor.Rule, "Nobody has contacted the lead yet."),
        };
    }

    // LeadStatus is declared in the order of a sale. Sold, lost and do_not_contact come last.
    private static bool IsOpen(LeadStatus status) => status <= LeadStatus.Appointment;

    private static bool IsForward(LeadStatus from, LeadStatus to) => IsOpen(to) && from < to;
}
