using JackAutomotive.Realtime.Events;

namespace JackAutomotive.Realtime.Tail;

/// <summary>One client of the tail. Its state is guarded by <see cref="LogTail"/>.</summary>
internal sealed class TailMember(LogTail tail, LogTails tails, TailFilter filter) : IWatched
{
    /// <summary>Its stream, from when that has begun.</summary>
    public Watcher Watcher { get; set; } = null!;

    public TailFilter Filter => filter;

    /// <summary>The client can resume from here: what follows was not sent to it yet.</summary>
    public long ToldUpTo { get; set; }

    /// <summary>It will not join any more.</summary>
    public bool HasLeft { get; set; }

    /// <inheritdoc/>
    public void Leave(Watcher watcher)
    {
        tail.Leave(this);
        tails.Release();
    }
}
