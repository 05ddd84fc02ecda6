using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Telemetry;

namespace JackAutomotive.Realtime.Feeds;

/// <summary>
/// Reports holes in the logs of leads: seqs that do not exist although later seqs exist, for example after rows were deleted by hand or a
/// backup was restored. The log is written under the lead's row lock, so a hole below a visible seq is never filled, and streams skip the
/// hole. Each hole is logged and counted once.
/// </summary>
internal sealed partial class MissingEvents(RealtimeMetrics metrics, ILogger<MissingEvents> logger)
{
    // A damaged database can have any number of holes. Beyond this number the memory is cleared, and a hole may be reported again.
    private const int MaxRemembered = 10_000;

    private readonly Lock _gate = new();
    private readonly HashSet<(LeadId Lead, long LastMissing)> _reported = [];

    /// <summary>
    /// Reports that the log has no event from <paramref name="first"/> to <paramref name="last"/>. No effect if the range is empty.
    /// </summary>
    public void Report(LeadId lead, long first, long last)
    {
        if (first > last)
        {
            return;
        }

        lock (_gate)
        {
            if (_reported.Count >= MaxRemembered)
            {
                _reported.Clear();
            }

            // A reader may begin inside a hole, so the end of a hole identifies it.
            if (!_reported.Add((lead, last)))
            {
                return;
            }
        }

        metrics.CountMissing(last - first + 1);
        LogMissing(lead, first, last);
    }

    /// <summary>Reports the holes in a page of a lead's log that was read after the seq <paramref name="after"/>.</summary>
    public void ReportHoles(LeadId lead, long after, IEnumerable<FeedEvent> page)
    {
        foreach (var feedEvent in page)
        {
            Report(lead, after + 1, feedEvent.Seq - 1);
            after = feedEvent.Seq;
        }
    }

    [LoggerMessage(LogLevel.Error, "The log of lead {Lead} lacks the events {First} to {Last}, although later events exist; streams skip them")]
    private partial void LogMissing(LeadId lead, long first, long last);
}
