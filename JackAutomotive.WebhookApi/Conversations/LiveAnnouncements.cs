using JackAutomotive.Contract;

namespace JackAutomotive.WebhookApi.Features.Conversations;

/// <summary>One lead event to be raised.</summary>
/// <param name="Type">One of <see cref="LeadEventTypes"/>.</param>
/// <param name="At">When it happened.</param>
/// <param name="Data">The event's own fields.</param>
internal sealed record Announcement(string Type, DateTimeOffset At, object Data);

/// <summary>A telephone conversation's ids, as its lead's watchers are told.</summary>
internal sealed record LiveIds(string ConversationId, string? CallSid);

/// <summary>What a lead's watchers are to be told when a conversation has got from one state to another. Nothing is told twice.</summary>
internal static class LiveAnnouncements
{
    /// <summary>The announcements, in the order of the conversation.</summary>
    /// <param name="ids">Which conversation.</param>
    /// <param name="told">The state that the watchers know.</param>
    /// <param name="now">The state that it is in.</param>
    public static IEnumerable<Announcement> Between(LiveIds ids, LiveState told, LiveState now) =>
    [
        .. StartOf(ids, told, now),
        .. LinesOf(ids, told, now).Concat(InterruptionsOf(ids, told, now)).Concat(SilencesOf(ids, told, now)).OrderBy(one => one.At),
        .. EndOf(ids, told, now),
    ];

    private static IEnumerable<Announcement> StartOf(LiveIds ids, LiveState told, LiveState now)
    {
        if (told.StartedAt is null && now.StartedAt is { } startedAt)
        {
            yield return new(LeadEventTypes.CallInitiated, startedAt, new { ids.ConversationId, ids.CallSid, now.StartedAt });
        }
    }

    private static IEnumerable<Announcement> LinesOf(LiveIds ids, LiveState told, LiveState now)
    {
        var known = told.Lines.ToDictionary(line => line.Key);
        foreach (var line in now.Lines)
        {
            var before = known.GetValueOrDefault(line.Key);
            if (before?.Text == line.Text)
            {
                continue;
            }

            var type = line.Role == "user" ? LeadEventTypes.ConversationUser
                : before is null ? LeadEventTypes.ConversationAgent
                : LeadEventTypes.ConversationAgentCorrected;
            yield return new(type, line.At, new { ids.ConversationId, line.Role, line.Text, line.EventId, line.Interrupted });
        }
    }

    private static IEnumerable<Announcement> InterruptionsOf(LiveIds ids, LiveState told, LiveState now) =>
        now.Interruptions.Except(told.Interruptions)
            .Select(one => new Announcement(LeadEventTypes.Interruption, one.At, new { ids.ConversationId, one.EventId }));

    private static IEnumerable<Announcement> SilencesOf(LiveIds ids, LiveState told, LiveState now) =>
        now.Silences.Except(told.Silences)
            .Select(one => new Announcement(LeadEventTypes.SilenceDetected, one.At, new { ids.ConversationId, one.Seconds }));

    private static IEnumerable<Announcement> EndOf(LiveIds ids, LiveState told, LiveState now)
    {
        if (told.EndedAt is null && now.EndedAt is { } endedAt)
        {
            yield return new(LeadEventTypes.CallCompleted, endedAt, new
            {
                ids.ConversationId,
                ids.CallSid,
                now.Status,
                now.StartedAt,
                now.EndedAt,
                DurationSeconds = DurationOf(now),
                Reason = now.EndReason,
                Lines = now.Lines.Count,
                Interruptions = now.Interruptions.Count,
                now.SilenceSeconds,
                now.TalkRatio,
            });
        }
    }

    // An assumed end says nothing about how long it took.
    private static double? DurationOf(LiveState state) =>
        state.Status == LiveConversation.Ended && state.EndedAt - state.StartedAt is { } took ? Math.Max(took.TotalSeconds, 0) : null;
}
