namespace JackAutomotive.WebhookApi.Conversations;

/// <summary>The kinds of live reports. Each value is the webhook's own word, except the last two, which are ours.</summary>
internal static class LiveReportKinds
{
    public const string Started = "conversation_started";
    public const string User = "user_transcript";
    public const string Agent = "agent_response";
    public const string Correction = "agent_response_correction";
    public const string Interruption = "interruption";
    public const string Silence = "silence_detected";
    public const string ToolCall = "client_tool_call";
    public const string ToolResponse = "agent_tool_response";
    public const string Ended = "conversation_ended";
    public const string Error = "error";

    /// <summary>The transcript arrived, so the conversation has ended.</summary>
    public const string Transcribed = "transcribed";

    /// <summary>No end was reported within <see cref="ConversationsOptions.MaxLiveTime"/>, so the conversation is assumed ended.</summary>
    public const string AssumedEnded = "assumed_ended";
}

/// <summary>One report about a live conversation.</summary>
/// <param name="Key">The identity of the report within its conversation.</param>
/// <param name="Kind">The kind of the report, one of <see cref="LiveReportKinds"/>.</param>
/// <param name="At">When the reported event happened.</param>
/// <param name="EventId">The provider's id of the event. A correction carries the id of the line that it corrects.</param>
/// <param name="Number">The event id, if it is a number, or else the sequence number. Orders the reports of the same second.</param>
/// <param name="Text">The spoken words, the corrected words of a correction, or the reason of an end or an error.</param>
/// <param name="Original">The words that a correction replaces.</param>
/// <param name="Seconds">The length of a silence.</param>
internal sealed record LiveReport(
    string Key,
    string Kind,
    DateTimeOffset At,
    string? EventId = null,
    long? Number = null,
    string? Text = null,
    string? Original = null,
    double? Seconds = null);

/// <summary>One line of a live conversation.</summary>
/// <param name="Key">The identity of the line within its conversation. A correction does not change this identity.</param>
/// <param name="Role">user or agent.</param>
/// <param name="Text">The spoken words, with the newest correction applied.</param>
/// <param name="At">When the line was spoken.</param>
/// <param name="EventId">The provider's id of the line.</param>
/// <param name="Interrupted">Whether the other side interrupted the line. A correction implies an interruption.</param>
internal sealed record LiveLine(string Key, string Role, string Text, DateTimeOffset At, string? EventId, bool Interrupted);

/// <summary>The state of a live conversation.</summary>
/// <param name="Status">live, ended or assumed ended.</param>
/// <param name="StartedAt">When the conversation started; null if no start was reported.</param>
/// <param name="EndedAt">When the conversation ended or was assumed ended; null while it is live.</param>
/// <param name="EndReason">Why the conversation ended, in the provider's words.</param>
/// <param name="Lines">The lines, in order.</param>
/// <param name="Interruptions">The reports of interruptions by the lead, in order.</param>
/// <param name="Silences">The reports of silences, in order.</param>
/// <param name="SilenceSeconds">The total length of all silences.</param>
/// <param name="TalkRatio">The agent's share of the spoken words, 0 to 1; null while there are no words.</param>
internal sealed record LiveState(
    string Status,
    DateTimeOffset? StartedAt,
    DateTimeOffset? EndedAt,
    string? EndReason,
    IReadOnlyList<LiveLine> Lines,
    IReadOnlyList<LiveReport> Interruptions,
    IReadOnlyList<LiveReport> Silences,
    double SilenceSeconds,
    double? TalkRatio);

/// <summary>
/// Computes the state of a live conversation from the set of all its reports. The state does not depend on the order of arrival or on
/// repetition: the end may arrive before the start, and a correction before its line.
/// </summary>
internal static class LiveConversation
{
    public const string Live = "live";
    public const string Ended = "ended";
    public const string AssumedEnded = "assumed ended";

    private const string User = "user";
    private const string Agent = "agent";

    // If several ends were reported, the first kind in this list counts.
    private static readonly string[] s_endKinds = [LiveReportKinds.Ended, LiveReportKinds.Transcribed, LiveReportKinds.AssumedEnded];

    /// <summary>Computes the state that follows from all reports of one conversation.</summary>
    public static LiveState FromReports(IEnumerable<LiveReport> received)
    {
        var reports = SortReports(received);
        var lines = BuildLines(reports);
        var silences = reports.Where(report => report.Kind == LiveReportKinds.Silence).ToList();
        var end = s_endKinds.Select(kind => reports.Where(report => report.Kind == kind).MinBy(report => report.At))
            .FirstOrDefault(report => report is not null);

        return new LiveState(
            end switch { null => Live, { Kind: LiveReportKinds.AssumedEnded } => AssumedEnded, _ => Ended },
            reports.Where(report => report.Kind == LiveReportKinds.Started).Min(report => (DateTimeOffset?)report.At),
            end?.At,
            end?.Text,
            lines,
            [.. reports.Where(report => report.Kind == LiveReportKinds.Interruption)],
            silences,
            silences.Sum(silence => Math.Max(silence.Seconds ?? 0, 0)),
            ComputeTalkRatio(lines));
    }

    // Sorts by time, and by number within the same second. The other sort keys break every tie, so the same set always yields the same list.
    private static List<LiveReport> SortReports(IEnumerable<LiveReport> received) =>
    [
        .. received.DistinctBy(report => report.Key)
            .OrderBy(report => report.At)
            .ThenBy(report => report.Number ?? long.MaxValue)
            .ThenBy(RankOf)
            .ThenBy(report => report.Key, StringComparer.Ordinal),
    ];

    // The lead's words come before the agent's answer to them.
    private static int RankOf(LiveReport report) => report.Kind switch
    {
        LiveReportKinds.User => 0,
        LiveReportKinds.Agent => 1,
        LiveReportKinds.Correction => 2,
        _ => 3,
    };

    private static List<LiveLine> BuildLines(List<LiveReport> reports)
    {
        var lines = reports.Where(report => report is { Kind: LiveReportKinds.User or LiveReportKinds.Agent, Text: not null })
            .Select(ToLine).DistinctBy(line => line.Key).ToList();
        foreach (var correction in reports.Where(report => report is { Kind: LiveReportKinds.Correction, Text: not null }))
        {
            var index = lines.FindLastIndex(line => IsCorrectedBy(line, correction));
            if (index < 0)
            {
                // The line of this correction has not arrived yet. Until then the correction serves as the line.
                lines.Insert(lines.Count(line => line.At <= correction.At), ToLine(correction) with { Interrupted = true });
            }
            else
            {
                lines[index] = lines[index] with { Text = correction.Text!, Interrupted = true };
            }
        }

        var interruptedIds = reports.Where(report => report is { Kind: LiveReportKinds.Interruption, EventId: not null })
            .Select(report => report.EventId).ToHashSet();
        return [.. lines.Select(line => line.Role == Agent && interruptedIds.Contains(line.EventId) ? line with { Interrupted = true } : line)];
    }

    private static bool IsCorrectedBy(LiveLine line, LiveReport correction) =>
        line.Role == Agent && (correction.EventId is null ? line.Text == correction.Original : line.EventId == correction.EventId);

    private static LiveLine ToLine(LiveReport report) =>
        new(BuildLineKey(report), report.Kind == LiveReportKinds.User ? User : Agent, report.Text!, report.At, report.EventId, Interrupted: false);

    private static string BuildLineKey(LiveReport report) => report.Kind switch
    {
        LiveReportKinds.User or LiveReportKinds.Agent or LiveReportKinds.Correction when report.EventId is { } id =>
            $"{(report.Kind == LiveReportKinds.User ? User : Agent)}:{id}",
        _ => report.Key,
    };

    private static double? ComputeTalkRatio(List<LiveLine> lines)
    {
        var agentWords = lines.Where(line => line.Role == Agent).Sum(line => CountWords(line.Text));
        var allWords = lines.Sum(line => CountWords(line.Text));
        return allWords == 0 ? null : (double)agentWords / allWords;
    }

    private static int CountWords(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
}
