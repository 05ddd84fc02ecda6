namespace JackAutomotive.Realtime.Feeds;

/// <summary>
/// Puts one lead's messages in seq order. Messages may arrive late, twice, shuffled or never; they are released as position + 1,
/// position + 2 and so on. Pure and not thread-safe. When <see cref="IsBehind"/> reports missing events, the owner reads them from Postgres.
/// </summary>
internal sealed class SeqOrder(long position)
{
    /// <summary>The maximum number of messages held behind a gap. Further messages are read from Postgres when their turn comes.</summary>
    internal const int MaxHeld = 1024;

    private readonly SortedDictionary<long, FeedEvent> _held = [];

    /// <summary>The seq of the last released message.</summary>
    public long Position { get; private set; } = position;

    /// <summary>The highest seq known to exist.</summary>
    public long Newest { get; private set; } = position;

    /// <summary>True if a seq is known to exist whose message is not released yet.</summary>
    public bool IsBehind => Newest > Position;

    /// <summary>Adds a message, and appends every message that can now be released to <paramref name="inOrder"/>.</summary>
    public void Offer(in FeedEvent message, List<FeedEvent> inOrder)
    {
        ExpectUpTo(message.Seq);
        if (message.Seq <= Position)
        {
            return;
        }

        if (message.Seq != Position + 1)
        {
            if (_held.Count < MaxHeld)
            {
                _held.TryAdd(message.Seq, message);
            }

            return;
        }

        Release(message, inOrder);
        while (_held.Count > 0)
        {
            var (seq, next) = _held.First();
            if (seq > Position + 1)
            {
                return;
            }

            _held.Remove(seq);
            if (seq == Position + 1)
            {
                Release(next, inOrder);
            }
        }
    }

    /// <summary>Records that <paramref name="seq"/> exists, whether or not its message has arrived.</summary>
    public void ExpectUpTo(long seq) => Newest = Math.Max(Newest, seq);

    /// <summary>Discards held messages and expected seqs beyond the position, because the authoritative log does not have them.</summary>
    public void DiscardBeyondPosition()
    {
        Newest = Position;
        _held.Clear();
    }

    private void Release(in FeedEvent message, List<FeedEvent> inOrder)
    {
        Position = message.Seq;
        inOrder.Add(message);
    }
}
