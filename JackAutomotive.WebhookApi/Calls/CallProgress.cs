namespace JackAutomotive.WebhookApi.Features.Calls;

/// <summary>One status that was told of a telephone call.</summary>
/// <param name="Status">Twilio's word.</param>
/// <param name="Sequence">The callback's number within its call, from 0; -1 if it has none.</param>
/// <param name="At">When the call got there, if the callback says so.</param>
/// <param name="TalkSeconds">From answer to end; told at the end.</param>
/// <param name="AnsweredBy">human, a machine, and so on, if that was looked for.</param>
/// <param name="SipResponseCode">Told at the end of some calls.</param>
internal sealed record CallReport(
    string Status,
    int Sequence = CallReport.NoSequence,
    DateTimeOffset? At = null,
    double? TalkSeconds = null,
    string? AnsweredBy = null,
    string? SipResponseCode = null)
{
    public const int NoSequence = -1;
}

/// <summary>How a call stands.</summary>
/// <param name="Status">The furthest status; null if none that is known was told.</param>
/// <param name="RingingAt">When it first rang.</param>
/// <param name="AnsweredAt">When somebody answered.</param>
/// <param name="EndedAt">When it ended, answered or not.</param>
/// <param name="RingSeconds">From the first ring to the answer or the end.</param>
/// <param name="TalkSeconds">From the answer to the end, as Twilio counts it, else by the times.</param>
/// <param name="AnsweredBy">The newest that was told.</param>
/// <param name="SipResponseCode">The newest that was told.</param>
internal sealed record CallState(
    string? Status,
    DateTimeOffset? RingingAt,
    DateTimeOffset? AnsweredAt,
    DateTimeOffset? EndedAt,
    double? RingSeconds,
    double? TalkSeconds,
    string? AnsweredBy,
    string? SipResponseCode);

/// <summary>
/// How a telephone call stands. The state follows from the set of everything that was told, so it depends neither on the order in
/// which callbacks come nor on repetition, and its status never goes back.
/// </summary>
internal static class CallProgress
{
    private const string Ringing = "ringing";
    private const string InProgress = "in-progress";
    private const int EndRank = 4;

    private static readonly string[] s_beforeTheEnd = ["queued", "initiated", Ringing, InProgress];

    // In the order in which they count should Twilio tell of two under the same number.
    private static readonly string[] s_ends = ["canceled", "failed", "no-answer", "busy", "completed"];

    /// <summary>How far a status is: higher is further, and every end is equally far; -1 for a word that is not known.</summary>
    public static int RankOf(string? status) => s_ends.Contains(status) ? EndRank : Array.IndexOf(s_beforeTheEnd, status);

    /// <summary>The state that follows from everything told.</summary>
    public static CallState Of(IEnumerable<CallReport> told)
    {
        // A call passes through its statuses in one direction only, so their rank orders them also where a callback has no number, as
        // that of a telephone number has not. The rest makes the order total: the same set always has the same last one.
        var reports = told
            .Where(report => RankOf(report.Status) >= 0)
            .OrderBy(report => RankOf(report.Status))
            .ThenBy(report => report.Sequence)
            .ThenBy(report => Array.IndexOf(s_ends, report.Status))
            .ToList();

        var ringingAt = FirstTime(reports, report => report.Status == Ringing);
        var answeredAt = FirstTime(reports, report => report.Status == InProgress);
        var endedAt = FirstTime(reports, report => RankOf(report.Status) == EndRank);
        return new CallState(
            reports.LastOrDefault()?.Status,
            ringingAt,
            answeredAt,
            endedAt,
            Seconds(ringingAt, answeredAt ?? endedAt),
            reports.LastOrDefault(report => report.TalkSeconds is not null)?.TalkSeconds ?? Seconds(answeredAt, endedAt),
            reports.LastOrDefault(report => report.AnsweredBy is not null)?.AnsweredBy,
            reports.LastOrDefault(report => report.SipResponseCode is not null)?.SipResponseCode);
    }

    private static DateTimeOffset? FirstTime(List<CallReport> reports, Func<CallReport, bool> isIt) =>
        reports.Where(isIt).Min(report => report.At);

    // Times have whole seconds and come from several machines: a small step back is none.
    private static double? Seconds(DateTimeOffset? from, DateTimeOffset? to) =>
        to - from is { } length ? Math.Max(length.TotalSeconds, 0) : null;
}
