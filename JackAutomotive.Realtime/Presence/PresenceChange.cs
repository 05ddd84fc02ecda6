using JackAutomotive.Contract;
using JackAutomotive.Realtime.Events;

namespace JackAutomotive.Realtime.Presence;

/// <summary>What Redis is to be told of one lead, on balance.</summary>
/// <param name="Lead">Which.</param>
/// <param name="Came">Names that have streams here now, and since when.</param>
/// <param name="Left">Names that have none any more.</param>
/// <param name="IsRepeat">Redis forgot: nobody came or left.</param>
internal sealed record PresenceChange(LeadId Lead, IReadOnlyList<LeadWatcher> Came, IReadOnlyList<string> Left, bool IsRepeat);

/// <summary>Who is to be told.</summary>
/// <param name="Frame">What.</param>
/// <param name="Publish">Everybody, on all instances.</param>
/// <param name="TellAllHere">Everybody here: it happened elsewhere and was not heard of.</param>
/// <param name="Newcomers">Only these: nothing changed.</param>
internal readonly record struct PresenceOutcome(
    ReadOnlyMemory<byte> Frame,
    bool Publish,
    bool TellAllHere,
    IReadOnlyCollection<Watcher> Newcomers)
{
    /// <summary>Nobody.</summary>
    public static readonly PresenceOutcome Nobody = new(ReadOnlyMemory<byte>.Empty, false, false, []);
}
