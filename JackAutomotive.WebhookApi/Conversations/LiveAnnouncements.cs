using JackAutomotive.Contracts;

namespace JackAutomotive.WebhookApi.Conversations;

/// <summary>A lead event about a change of a live conversation, to be raised.</summary>
/// <param name="Type">The event type, one of <see cref="LeadEventTypes"/>.</param>
/// <param name="At">When the event happened.</param>
/// <param name="Data">The event's own fields.</param>
internal sealed record Announcement(string Type, DateTimeOffset At, object Data);

/// <summary>The ids of a conversation that its lead events carry.</summary>
internal sealed record LiveConversationIds(string ConversationId, string? CallSid);

/// <summary>
/// Computes the lead events to raise when the state of a live conversation changes. No event is raised twice, because the result is the
/// difference between the announced state and the current state.
/// </summary>
internal static class LiveAnnouncements
{
    /// <summary>Returns the announcements, in the order of the conversation.</summary>
    /// <param name="ids">The ids of the conversation.</param>
    /// <param name="announced">The state that has been announced to the watchers.</param>
    /// <param name="current">The current state of the conversation.</param>
    public static IEnumerable<Announcement> DescribeChanges(LiveConversationIds ids, LiveState announced, LiveState current) =>
    [
        .. AnnounceStart(ids, announced, current),
        .. AnnounceLines(ids, announced, current)
            .Concat(AnnounceInterruptions(ids, announced, current))
            .Concat(AnnounceSilences(ids, announced, current))
            .OrderBy(announcement => announcement.At),
        .. AnnounceEnd(ids, announced, current),
    ];

    private static IEnumerable<Announcement> AnnounceStart(LiveConversationIds ids, LiveState announced, LiveState current)
    {
        if (announced.StartedAt is null && current.StartedAt is { } startedAt)
        {
            yield return new(LeadEventTypes.CallInitiated, startedAt, new { ids.ConversationId, ids.CallSid, current.StartedAt });
        }
    }

    private static IEnumerable<Announcement> AnnounceLines(LiveConversationIds ids, LiveState announced, LiveState current)
    {
        var announcedLines = announced.Lines.ToDictionary(line => line.Key);
        foreach (var line in current.Lines)
        {
            var announcedLine = announcedLines.GetValueOrDefault(line.Key);
            if (announcedLine?.Text == line.Text)
            {
                continue;
            }

            var type = line.Role == "user" ? LeadEventTypes.ConversationUser
                : announcedLine is null ? LeadEventTypes.ConversationAgent
                : LeadEventTypes.ConversationAgentCorrected;
            yield return new(type, line.At, new { ids.ConversationId, line.Role, line.Text, line.EventId, line.Interrupted });
        }
    }

    private static IEnumerable<Announcement> AnnounceInterruptions(LiveConversationIds ids, LiveState announced, LiveState current) =>
        current.Interruptions.Except(announced.Interruptions)
            .Select(report => new Announcement(LeadEventTypes.Interruption, report.At, new { ids.ConversationId, report.EventId }));

    private static IEnumerable<Announcement> AnnounceSilences(LiveConversationIds ids, LiveState announced, LiveState current) =>
        current.Silences.Except(announced.Silences)
            .Select(report => new Announcement(LeadEventTypes.SilenceDetected, report.At, new { ids.ConversationId, report.Seconds }));

    private static IEnumerable<Announcement> AnnounceEnd(LiveConversationIds ids, LiveState announced, LiveState current)
    {
        if (announced.EndedAt is null && current.EndedAt is { } endedAt)
        {
            yield return new(LeadEventTypes.CallCompleted, endedAt, new
            {
                ids.ConversationId,
                ids.CallSid,
                current.Status,
                current.StartedAt,
                current.EndedAt,
                DurationSeconds = ComputeDuration(current),
                Reason = current.EndReason,
                Lines = current.Lines.Count,
                Interruptions = current.Interruptions.Count,
                current.SilenceSeconds,
                current.TalkRatio,
            });
        }
    }

    // The time of an assumed end is arbitrary, so it yields no duration.
    private static double? ComputeDuration(LiveState state) =>
        state.Status == LiveConversation.Ended && state.EndedAt - state.StartedAt is { } duration ? Math.Max(duration.TotalSeconds, 0) : null;
}
