namespace JackAutomotive.WebhookApi.Calls;

/// <summary>One reported status of a telephone call.</summary>
/// <param name="Status">Twilio's word for the status.</param>
/// <param name="Sequence">The sequence number of the callback within its call, from 0; -1 if the callback has none.</param>
/// <param name="At">When the call reached the status; null if the callback has no timestamp.</param>
/// <param name="TalkSeconds">Seconds from the answer to the end; reported at the end.</param>
/// <param name="AnsweredBy">The result of answering machine detection (human, a machine and so on), if it was enabled.</param>
/// <param name="SipResponseCode">The SIP response code; reported at the end of some calls.</param>
internal sealed record CallReport(
    string Status,
    int Sequence = CallReport.NoSequence,
    DateTimeOffset? At = null,
    double? TalkSeconds = null,
    string? AnsweredBy = null,
    string? SipResponseCode = null)
{
    public const int NoSequence = -1;

    /// <summary>Whether both reports are about the same callback.</summary>
    public bool IsSameStatus(CallReport other) => (Status, Sequence) == (other.Status, other.Sequence);

    /// <summary>Whether both reports are about the same callback, but say different things.</summary>
    public bool Contradicts(CallReport other) =>
        IsSameStatus(other)
        && ((TalkSeconds is { } seconds && other.TalkSeconds is { } otherSeconds && seconds != otherSeconds)
            || (SipResponseCode is { } code && other.SipResponseCode is { } otherCode && code != otherCode)
            || (CallResults.FindAnswerer(AnsweredBy) is { } answerer && CallResults.FindAnswerer(other.AnsweredBy) is { } otherAnswerer
                && answerer != otherAnswerer));

    /// <summary>
    /// Returns what two reports about the same callback say together: each may contain values that the other lacks. The order of the reports
    /// does not matter, even if they contradict each other.
    /// </summary>
    public CallReport Combine(CallReport other) => this with
    {
        At = At is { } at && other.At is { } otherAt ? (at < otherAt ? at : otherAt) : At ?? other.At,
        TalkSeconds = TalkSeconds is { } seconds && other.TalkSeconds is { } otherSeconds
            ? Math.Max(seconds, otherSeconds)
            : TalkSeconds ?? other.TalkSeconds,
        AnsweredBy = CallResults.ChooseAnswerer(AnsweredBy, other.AnsweredBy),
        SipResponseCode = string.CompareOrdinal(SipResponseCode, other.SipResponseCode) > 0 ? SipResponseCode : other.SipResponseCode,
    };
}

/// <summary>The state of a call.</summary>
/// <param name="Status">The furthest reported status; null if no known status was reported.</param>
/// <param name="RingingAt">When the call first rang.</param>
/// <param name="AnsweredAt">When the call was answered.</param>
/// <param name="EndedAt">When the call ended, answered or not.</param>
/// <param name="RingSeconds">Seconds from the first ring to the answer or the end.</param>
/// <param name="TalkSeconds">Seconds from the answer to the end, as Twilio reports them, or else computed from the two times.</param>
/// <param name="AnsweredBy">The value from the furthest report that could tell who answered.</param>
/// <param name="SipResponseCode">The value from the furthest report that has one.</param>
internal sealed record CallState(
    string? Status,
    DateTimeOffset? RingingAt,
    DateTimeOffset? AnsweredAt,
    DateTimeOffset? EndedAt,
    double? RingSeconds,
    double? TalkSeconds,
    string? AnsweredBy,
    string? SipResponseCode)
{
    /// <summary>Whom the call reached and how it ended; null while it has no result.</summary>
    public CallResult? Result => CallResults.Of(Status, AnsweredBy, SipResponseCode);

    /// <summary>Whether watchers need to know that the state has changed: its status, its outcome, or who answered.</summary>
    public bool IsNewsAfter(CallState before) =>
        (Status, AnsweredBy, Result?.Outcome, Result?.Mechanism)
            != (before.Status, before.AnsweredBy, before.Result?.Outcome, before.Result?.Mechanism);
}

/// <summary>
/// Computes the state of a telephone call from the set of all its reports. The state does not depend on the order of arrival or on
/// repetition, and the status never goes back.
/// </summary>
internal static class CallProgress
{
    private const string Ringing = "ringing";
    private const string InProgress = "in-progress";
    private const int FinalRank = 4;

    private static readonly string[] s_earlierStatuses = ["queued", "initiated", Ringing, InProgress];

    // If Twilio reports two final statuses with the same sequence number, the later one in this list counts.
    private static readonly string[] s_finalStatuses = ["canceled", "failed", "no-answer", "busy", "completed"];

    /// <summary>
    /// Returns the rank of a status. A higher rank is later in the call; all final statuses share the highest rank. An unknown status has
    /// rank -1.
    /// </summary>
    public static int RankOf(string? status) => s_finalStatuses.Contains(status) ? FinalRank : Array.IndexOf(s_earlierStatuses, status);

    /// <summary>Computes the state that follows from all reports of one call.</summary>
    public static CallState FromReports(IEnumerable<CallReport> received)
    {
        // A call passes through its statuses in one direction only, so the rank also orders callbacks without a sequence number, such as the
        // status callback that is configured on a phone number. The other sort keys break ties, so the same set always has the same last
        // report.
        var reports = received
            .Where(report => RankOf(report.Status) >= 0)
            .GroupBy(report => (report.Status, report.Sequence), (_, same) => same.Aggregate((one, other) => one.Combine(other)))
            .OrderBy(report => RankOf(report.Status))
            .ThenBy(report => report.Sequence)
            .ThenBy(report => Array.IndexOf(s_finalStatuses, report.Status))
            .ToList();

        var ringingAt = FindFirstTime(reports, report => report.Status == Ringing);
        var answeredAt = FindFirstTime(reports, report => report.Status == InProgress);
        var endedAt = FindFirstTime(reports, report => RankOf(report.Status) == FinalRank);
        return new CallState(
            reports.LastOrDefault()?.Status,
            ringingAt,
            answeredAt,
            endedAt,
            ComputeSeconds(ringingAt, answeredAt ?? endedAt),
            reports.LastOrDefault(report => report.TalkSeconds is not null)?.TalkSeconds ?? ComputeSeconds(answeredAt, endedAt),
            (reports.LastOrDefault(report => CallResults.IsDefinite(report.AnsweredBy))
                ?? reports.LastOrDefault(report => report.AnsweredBy is not null))?.AnsweredBy,
            reports.LastOrDefault(report => report.SipResponseCode is not null)?.SipResponseCode);
    }

    private static DateTimeOffset? FindFirstTime(List<CallReport> reports, Func<CallReport, bool> matches) =>
        reports.Where(matches).Min(report => report.At);

    // Twilio's times are whole seconds from several machines, so a small negative difference counts as zero.
    private static double? ComputeSeconds(DateTimeOffset? from, DateTimeOffset? to) =>
        to - from is { } duration ? Math.Max(duration.TotalSeconds, 0) : null;
}
