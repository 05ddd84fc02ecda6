namespace JackAutomotive.WebhookApi.Scoring.Facts;

/// <summary>A telephone call as stored, with Twilio's words.</summary>
internal sealed record StoredCall(string CallSid, DateTimeOffset At, string? Direction, string Status, double? TalkSeconds, string? AnsweredBy);

/// <summary>A finished conversation as stored, with ElevenLabs' words.</summary>
internal sealed record StoredTalk(
    string ConversationId,
    string? CallSid,
    DateTimeOffset At,
    string? Direction,
    string? CallResult,
    double? DurationSeconds,
    bool HasLeadSpoken);

/// <summary>An outbound call that failed to connect.</summary>
internal sealed record StoredFailure(string ConversationId, string? CallSid, DateTimeOffset At);

/// <summary>
/// Joins what Twilio and ElevenLabs reported of the same call, so that each call is one contact. The result does not depend on the order of
/// the reports.
/// </summary>
internal static class CallContacts
{
    /// <summary>Returns one contact for each call.</summary>
    public static IEnumerable<Contact> Join(IReadOnlyList<StoredCall> calls, IReadOnlyList<StoredTalk> talks, IReadOnlyList<StoredFailure> failures)
    {
        var talkOfCall = talks.Where(talk => talk.CallSid is not null)
            .GroupBy(talk => talk.CallSid!)
            .ToDictionary(group => group.Key, group => group.MinBy(talk => (talk.At, talk.ConversationId))!);
        var sids = calls.Select(call => call.CallSid).ToHashSet();
        return calls.Select(call => Create(call, talkOfCall.GetValueOrDefault(call.CallSid)))
            .Concat(talks.Where(talk => talk.CallSid is null || !sids.Contains(talk.CallSid) || talkOfCall[talk.CallSid] != talk)
                .Select(talk => Create(null, talk)))
            .Concat(failures.Where(failure => failure.CallSid is null || !sids.Contains(failure.CallSid))
                .Select(failure => new Contact(true, false, failure.At, ContactOutcome.NotReached, 0, false, failure.ConversationId)));
    }

    private static Contact Create(StoredCall? call, StoredTalk? talk)
    {
        var direction = call?.Direction ?? talk?.Direction;
        var outcome = DecideOutcome(call, talk);
        return new Contact(
            true,
            direction is null || direction.StartsWith("inbound", StringComparison.OrdinalIgnoreCase),
            call?.At ?? talk!.At,
            outcome,
            outcome == ContactOutcome.Reached ? call?.TalkSeconds ?? talk?.DurationSeconds ?? 0 : 0,
            outcome == ContactOutcome.Reached && talk is { HasLeadSpoken: true },
            call?.CallSid ?? talk!.ConversationId);
    }

    private static ContactOutcome DecideOutcome(StoredCall? call, StoredTalk? talk) => (call, talk) switch
    {
        (_, { CallResult: "voicemail" }) => ContactOutcome.Voicemail,
        ({ AnsweredBy: { } by }, _) when by.StartsWith("machine", StringComparison.OrdinalIgnoreCase) || by == "fax" => ContactOutcome.Voicemail,
        (_, { CallResult: "busy" or "no_answer" or "no-answer" or "failed" }) => ContactOutcome.NotReached,
        ({ Status: "busy" or "no-answer" or "failed" or "canceled" }, _) => ContactOutcome.NotReached,
        (_, not null) => ContactOutcome.Reached,
        ({ Status: "completed" }, _) => call.TalkSeconds is 0 ? ContactOutcome.NotReached : ContactOutcome.Reached,
        _ => ContactOutcome.Ongoing,
    };
}
