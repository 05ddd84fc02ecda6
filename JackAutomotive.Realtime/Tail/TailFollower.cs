using JackAutomotive.Realtime.Streams;

namespace JackAutomotive.Realtime.Tail;

/// <summary>One stream that follows the tail. The lock of <see cref="LogTail"/> guards the follower's state.</summary>
internal sealed class TailFollower(LogTail tail, LogTailProvider tails, TailFilter filter) : IWatchSource
{
    /// <summary>The stream. Set when the stream begins, before the follower joins the tail.</summary>
    public Watcher Watcher { get; set; } = null!;

    public TailFilter Filter => filter;

    /// <summary>The client's resume point: no event after this place was sent to the client.</summary>
    public long SentUpTo { get; set; }

    /// <summary>True if the stream has ended, so that the follower must not join.</summary>
    public bool HasLeft { get; set; }

    /// <inheritdoc/>
    public void Leave(Watcher watcher)
    {
        tail.Leave(this);
        tails.Release();
    }
}
