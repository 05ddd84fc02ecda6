namespace JackAutomotive.WebhookApi.Features.Conversations;

/// <summary>What can be told of a conversation while it is held, in the words of the webhook. The last two are our own.</summary>
internal static class LiveKinds
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

    /// <summary>The transcript of the finished call is there, so it is over.</summary>
    public const string Transcribed = "transcribed";

    /// <summary>Nobody told of an end for so long that there must have been one.</summary>
    public const string AssumedEnded = "assumed_ended";
}

/// <summary>One thing that was told of a conversation while it was held.</summary>
/// <param name="Key">Its identity within the conversation.</param>
/// <param name="Kind">One of <see cref="LiveKinds"/>.</param>
/// <param name="At">When it happened.</param>
/// <param name="EventId">The provider's id: a correction has that of the line which it corrects.</param>
/// <param name="Number">The same or a sequence number, if it is a number: the order in which things happened.</param>
/// <param name="Text">What was said; the corrected words, of a correction; why, of an end or an error.</param>
/// <param name="Original">The words that a correction replaces.</param>
/// <param name="Seconds">How long a silence was.</param>
internal sealed record LiveReport(
    string Key,
    string Kind,
    DateTimeOffset At,
    string? EventId = null,
    long? Number = null,
    string? Text = null,
    string? Original = null,
    double? Seconds = null);

/// <summary>One thing said.</summary>
/// <param name="Key">Its identity within the conversation; a correction does not change it.</param>
/// <param name="Role">user or agent.</param>
/// <param name="Text">The words, corrected if they were.</param>
/// <param name="At">When.</param>
/// <param name="EventId">The provider's id.</param>
/// <param name="Interrupted">The other side cut it off, or the words were corrected, which is what follows from that.</param>
internal sealed record LiveLine(string Key, string Role, string Text, DateTimeOffset At, string? EventId, bool Interrupted);

/// <summary>How a conversation stands.</summary>
/// <param name="Status">live, ended or assumed ended.</param>
/// <param name="StartedAt">When it began, if that was told.</param>
/// <param name="EndedAt">When it ended, or was taken to have ended; null while it is live.</param>
/// <param name="EndReason">Why, in the provider's words.</param>
/// <param name="Lines">What was said, in order.</param>
/// <param name="Interruptions">The customer cut in, in order.</param>
/// <param name="Silences">Nobody spoke, in order.</param>
/// <param name="SilenceSeconds">How long all silences were together.</param>
/// <param name="TalkRatio">The agent's share of the words, 0 to 1; null while nobody has said any.</param>
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
/// How a conversation stands while it is held. The state follows from the set of everything that was told, so it depends neither on the
/// order in which webhooks come nor on repetition: an end before the start, or a correction before the line, makes no difference.
/// </summary>
internal static class LiveConversation
{
    public const string Live = "live";
    public const string Ended = "ended";
    public const string AssumedEnded = "assumed ended";

    private const string User = "user";
    private const string Agent = "agent";

    // Which end counts if several were told.
    private static readonly string[] s_ends = [LiveKinds.Ended, LiveKinds.Transcribed, LiveKinds.AssumedEnded];

    /// <summary>The state that follows from everything told.</summary>
    public static LiveState Of(IEnumerable<LiveReport> told)
    {
        var reports = InOrder(told);
        var lines = LinesOf(reports);
        var silences = reports.Where(report => report.Kind == LiveKinds.Silence).ToList();
        var end = s_ends.Select(kind => reports.Where(report => report.Kind == kind).MinBy(report => report.At))
            .FirstOrDefault(report => report is not null);

        return new LiveState(
            end switch { null => Live, { Kind: LiveKinds.AssumedEnded } => AssumedEnded, _ => Ended },
            reports.Where(report => report.Kind == LiveKinds.Started).Min(report => (DateTimeOffset?)report.At),
            end?.At,
            end?.Text,
            lines,
            [.. reports.Where(report => report.Kind == LiveKinds.Interruption)],
            silences,
            silences.Sum(silence => Math.Max(silence.Seconds ?? 0, 0)),
            TalkRatioOf(lines));
    }

    // By time, and by number within the same second. The rest makes the order total: the same set always comes out the same.
    private static List<LiveReport> InOrder(IEnumerable<LiveReport> told) =>
    [
        .. told.DistinctBy(report => report.Key)
            .OrderBy(report => report.At)
            .ThenBy(report => report.Number ?? long.MaxValue)
            .ThenBy(RankOf)
            .ThenBy(report => report.Key, StringComparer.Ordinal),
    ];

    // The customer's words come before the answer.
    private static int RankOf(LiveReport report) => report.Kind switch
    {
        LiveKinds.User => 0,
        LiveKinds.Agent => 1,
        LiveKinds.Correction => 2,
        _ => 3,
    };

    private static List<LiveLine> LinesOf(List<LiveReport> reports)
    {
        var lines = reports.Where(report => report is { Kind: LiveKinds.User or LiveKinds.Agent, Text: not null })
            .Select(LineOf).DistinctBy(line => line.Key).ToList();
        foreach (var correction in reports.Where(report => report is { Kind: LiveKinds.Correction, Text: not null }))
        {
            var at = lines.FindLastIndex(line => IsCorrectedBy(line, correction));
            if (at < 0)
            {
                // It came before the line: it stands in its place until then.
                lines.Insert(lines.Count(line => line.At <= correction.At), LineOf(correction) with { Interrupted = true });
            }
            else
            {
                lines[at] = lines[at] with { Text = correction.Text!, Interrupted = true };
            }
        }

        var cutIn = reports.Where(report => report is { Kind: LiveKinds.Interruption, EventId: not null })
            .Select(report => report.EventId).ToHashSet();
        return [.. lines.Select(line => line.Role == Agent && cutIn.Contains(line.EventId) ? line with { Interrupted = true } : line)];
    }

    private static bool IsCorrectedBy(LiveLine line, LiveReport correction) =>
        line.Role == Agent && (correction.EventId is null ? line.Text == correction.Original : line.EventId == correction.EventId);

    private static LiveLine LineOf(LiveReport report) =>
        new(KeyOf(report), report.Kind == LiveKinds.User ? User : Agent, report.Text!, report.At, report.EventId, Interrupted: false);

    private static string KeyOf(LiveReport report) => report.Kind switch
    {
        LiveKinds.User or LiveKinds.Agent or LiveKinds.Correction when report.EventId is { } id =>
            $"{(report.Kind == LiveKinds.User ? User : Agent)}:{id}",
        _ => report.Key,
    };

    private static double? TalkRatioOf(List<LiveLine> lines)
    {
        var agent = lines.Where(line => line.Role == Agent).Sum(line => WordsOf(line.Text));
        var all = lines.Sum(line => WordsOf(line.Text));
        return all == 0 ? null : (double)agent / all;
    }

    private static int WordsOf(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
}
