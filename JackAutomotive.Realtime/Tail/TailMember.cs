using JackAutomotive.Realtime.Events;

namespace JackAutomotive.Realtime.Tail;

/// <summary>One client of the tail. Its state is guarded by <see cref="LogTail"/>.</summary>
internal sealed class TailMember(Watcher watcher, TailFilter filter)
{
    public Watcher Watcher => watcher;

    public TailFilter Filter => filter;

    /// <summary>The client can resume from here: what follows was not sent to it yet.</summary>
    public long ToldUpTo { get; set; }
}
