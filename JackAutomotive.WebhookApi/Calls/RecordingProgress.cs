namespace JackAutomotive.WebhookApi.Calls;

/// <summary>One reported status of a recording, or the state that follows from all of them.</summary>
/// <param name="Status">Twilio's word for the status.</param>
/// <param name="Url">The URL of the audio at Twilio, without a file extension. The host is not verified.</param>
/// <param name="DurationSeconds">The length of the recording; null if it is not known. Twilio sends -1 for an unknown length.</param>
/// <param name="Channels">1, or 2 if each side has its own channel.</param>
/// <param name="Source">What requested the recording: DialVerb, OutboundAPI and others.</param>
/// <param name="Track">The recorded side: inbound, outbound or both.</param>
/// <param name="StartedAt">When the recording began.</param>
/// <param name="ErrorCode">Twilio's error code; null for 0, which means no error.</param>
internal sealed record RecordingReport(
    string Status,
    string? Url = null,
    int? DurationSeconds = null,
    int? Channels = null,
    string? Source = null,
    string? Track = null,
    DateTimeOffset? StartedAt = null,
    string? ErrorCode = null)
{
    /// <summary>Whether both reports are about the same status, but say different things.</summary>
    public bool Contradicts(RecordingReport other) =>
        Status == other.Status
        && ((Url is { } url && other.Url is { } otherUrl && url != otherUrl)
            || (DurationSeconds is { } seconds && other.DurationSeconds is { } otherSeconds && seconds != otherSeconds)
            || (Channels is { } channels && other.Channels is { } otherChannels && channels != otherChannels)
            || (ErrorCode is { } code && other.ErrorCode is { } otherCode && code != otherCode));

    /// <summary>
    /// Returns what two reports about the same status say together: each may contain values that the other lacks. The order of the reports does
    /// not matter, even if they contradict each other.
    /// </summary>
    public RecordingReport Combine(RecordingReport other) => this with
    {
        Url = Greater(Url, other.Url),
        DurationSeconds = Greater(DurationSeconds, other.DurationSeconds),
        Channels = Greater(Channels, other.Channels),
        Source = Greater(Source, other.Source),
        Track = Greater(Track, other.Track),
        StartedAt = StartedAt is { } at && other.StartedAt is { } otherAt ? (at < otherAt ? at : otherAt) : StartedAt ?? other.StartedAt,
        ErrorCode = Greater(ErrorCode, other.ErrorCode),
    };

    private static string? Greater(string? one, string? other) => string.CompareOrdinal(one, other) > 0 ? one : other;

    private static int? Greater(int? one, int? other) => one is { } number && !(other > number) ? number : other;
}

/// <summary>
/// Computes the state of a recording from the set of all its reports. The state does not depend on the order of arrival or on repetition,
/// and the status never goes back.
/// </summary>
internal static class RecordingProgress
{
    public const string Completed = "completed";

    // A recording has one final status. If Twilio still reports several, completed counts, because the audio exists.
    private static readonly string[] s_statusesByRank = ["in-progress", "paused", "stopped", "processing", "absent", "failed", Completed];

    /// <summary>Returns the rank of a status. A higher rank is further. An unknown status has rank -1.</summary>
    public static int RankOf(string? status) => Array.IndexOf(s_statusesByRank, status);

    /// <summary>
    /// Returns the report with the furthest status. The earlier reports supply the values that this report lacks, except the error code.
    /// Returns null if no report has a known status.
    /// </summary>
    public static RecordingReport? FromReports(IEnumerable<RecordingReport> received) =>
        received.Where(report => RankOf(report.Status) >= 0)
            .GroupBy(report => report.Status, (_, same) => same.Aggregate((one, other) => one.Combine(other)))
            .OrderBy(report => RankOf(report.Status))
            .Aggregate((RecordingReport?)null, (earlier, report) => report with
            {
                Url = report.Url ?? earlier?.Url,
                DurationSeconds = report.DurationSeconds ?? earlier?.DurationSeconds,
                Channels = report.Channels ?? earlier?.Channels,
                Source = report.Source ?? earlier?.Source,
                Track = report.Track ?? earlier?.Track,
                StartedAt = report.StartedAt ?? earlier?.StartedAt,
                ErrorCode = report.ErrorCode,
            });
}
