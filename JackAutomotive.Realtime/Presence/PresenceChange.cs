using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Streams;

namespace JackAutomotive.Realtime.Presence;

/// <summary>The net change of one lead's presence on this instance, to be written to Redis.</summary>
/// <param name="Lead">The lead that is watched.</param>
/// <param name="Joined">The names to write: viewers with streams on this instance, each with the start time of the oldest stream.</param>
/// <param name="Left">The names to remove: none has a stream on this instance any more.</param>
/// <param name="IsRewrite">True if Redis lost the written fields or will soon expire them: the change also repeats names that joined earlier.</param>
internal sealed record PresenceChange(LeadId Lead, IReadOnlyList<LeadWatcher> Joined, IReadOnlyList<string> Left, bool IsRewrite);

/// <summary>A presence frame and its receivers: all watchers of the lead, those on this instance, or only the newcomers.</summary>
/// <param name="Frame">The presence frame.</param>
/// <param name="Publish">True: the lead's watchers on all instances, through Redis.</param>
/// <param name="SendToLocalWatchers">True: the lead's watchers on this instance, because the publish of another instance was lost.</param>
/// <param name="Newcomers">If both flags are false: only these watchers, which have no presence frame yet. The presence itself is unchanged.</param>
internal readonly record struct PresenceOutcome(
    ReadOnlyMemory<byte> Frame,
    bool Publish,
    bool SendToLocalWatchers,
    IReadOnlyCollection<Watcher> Newcomers)
{
    /// <summary>No watcher receives a frame.</summary>
    public static readonly PresenceOutcome Nobody = new(ReadOnlyMemory<byte>.Empty, false, false, []);
}
