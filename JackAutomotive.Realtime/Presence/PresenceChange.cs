using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Streams;

namespace JackAutomotive.Realtime.Presence;

/// <summary>The net change of one lead's presence on this instance, to be written to Redis.</summary>
/// <param name="Lead">The lead that is watched.</param>
/// <param name="Joined">The names to write, which have streams on this instance, each with the time since when.</param>
/// <param name="Left">The names to remove, which have no stream on this instance any more.</param>
/// <param name="IsRepeat">True for a rewrite after Redis lost the fields: no name joined or left.</param>
internal sealed record PresenceChange(LeadId Lead, IReadOnlyList<LeadWatcher> Joined, IReadOnlyList<string> Left, bool IsRepeat);

/// <summary>A presence frame and who receives it. The first of the three that applies decides.</summary>
/// <param name="Frame">The presence frame.</param>
/// <param name="Publish">True: the lead's watchers on all instances, through Redis.</param>
/// <param name="SendToLocalWatchers">True: the lead's watchers on this instance, because the publish of another instance was lost.</param>
/// <param name="Newcomers">Only these watchers, which have no presence frame yet: the presence itself is unchanged.</param>
internal readonly record struct PresenceOutcome(
    ReadOnlyMemory<byte> Frame,
    bool Publish,
    bool SendToLocalWatchers,
    IReadOnlyCollection<Watcher> Newcomers)
{
    /// <summary>No watcher receives a frame.</summary>
    public static readonly PresenceOutcome Nobody = new(ReadOnlyMemory<byte>.Empty, false, false, []);
}
