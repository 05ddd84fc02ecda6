namespace JackAutomotive.WebhookApi.Features.Calls;

/// <summary>One status that was told of a recording, or all of them together.</summary>
/// <param name="Status">Twilio's word.</param>
/// <param name="Url">Where the sound is at Twilio, without an extension. Nobody has checked the host.</param>
/// <param name="DurationSeconds">Null also where Twilio says -1: not known.</param>
/// <param name="Channels">1, or 2 with each side on its own.</param>
/// <param name="Source">What asked for it: DialVerb, OutboundAPI, …</param>
/// <param name="Track">inbound, outbound or both.</param>
/// <param name="StartedAt">When the recording began.</param>
/// <param name="ErrorCode">Null for 0, which means none.</param>
internal sealed record RecordingReport(
    string Status,
    string? Url = null,
    int? DurationSeconds = null,
    int? Channels = null,
    string? Source = null,
    string? Track = null,
    DateTimeOffset? StartedAt = null,
    string? ErrorCode = null);

/// <summary>
/// How a recording stands. The state follows from the set of everything that was told, so it depends neither on the order in which
/// callbacks come nor on repetition, and it never goes back.
/// </summary>
internal static class RecordingProgress
{
    public const string Completed = "completed";

    // Its ends exclude each other; should Twilio tell of two, the sound that is there outweighs that it was said to be missing.
    private static readonly string[] s_order = ["in-progress", "absent", "failed", Completed];

    /// <summary>How far a status is: higher is further; -1 for a word that is not known.</summary>
    public static int RankOf(string? status) => Array.IndexOf(s_order, status);

    /// <summary>The furthest status, with what the others said and it does not; null if no known status was told.</summary>
    public static RecordingReport? Of(IEnumerable<RecordingReport> told) =>
        told.Where(report => RankOf(report.Status) >= 0)
            .OrderBy(report => RankOf(report.Status))
            .Aggregate((RecordingReport?)null, (before, report) => report with
            {
                Url = report.Url ?? before?.Url,
                DurationSeconds = report.DurationSeconds ?? before?.DurationSeconds,
                Channels = report.Channels ?? before?.Channels,
                Source = report.Source ?? before?.Source,
                Track = report.Track ?? before?.Track,
                StartedAt = report.StartedAt ?? before?.StartedAt,
                ErrorCode = report.ErrorCode,
            });
}
