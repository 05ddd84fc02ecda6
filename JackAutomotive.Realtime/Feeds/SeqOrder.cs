namespace JackAutomotive.Realtime.Feeds;

/// <summary>
/// Puts one lead's events in seq order. Events may arrive late, twice, shuffled or never; they are released as position + 1,
/// position + 2 and so on. When <see cref="IsBehind"/> reports missing events, the owner reads the events from Postgres, and skips those that
/// the log proves missing with <see cref="SkipTo"/>. Not thread-safe.
/// </summary>
internal sealed class SeqOrder(long position)
{
    /// <summary>The maximum number of events held behind a gap. Further events are read from Postgres when the gap is closed.</summary>
    internal const int MaxHeld = 1024;

    private readonly SortedDictionary<long, FeedEvent> _held = [];

    /// <summary>The seq of the last released event.</summary>
    public long Position { get; private set; } = position;

    /// <summary>The highest seq known to exist.</summary>
    public long Newest { get; private set; } = position;

    /// <summary>True if an event is known to exist that is not released yet.</summary>
    public bool IsBehind => Newest > Position;

    /// <summary>Adds an event, and appends every event that can now be released to <paramref name="released"/>.</summary>
    public void Offer(in FeedEvent feedEvent, List<FeedEvent> released)
    {
        ExpectUpTo(feedEvent.Seq);
        if (feedEvent.Seq <= Position)
        {
            return;
        }

        if (feedEvent.Seq != Position + 1)
        {
            if (_held.Count < MaxHeld)
            {
                _held.TryAdd(feedEvent.Seq, feedEvent);
            }

            return;
        }

        Release(feedEvent, released);
        ReleaseHeld(released);
    }

    /// <summary>Records that the event with this <paramref name="seq"/> exists, even if it has not arrived.</summary>
    public void ExpectUpTo(long seq) => Newest = Math.Max(Newest, seq);

    /// <summary>
    /// Moves the position to <paramref name="seq"/> without releasing the events up to it, because the log proves that they do not exist.
    /// Appends every event that can now be released to <paramref name="released"/>. No effect if the position is already there.
    /// </summary>
    public void SkipTo(long seq, List<FeedEvent> released)
    {
        if (seq > Position)
        {
            Position = seq;
            ExpectUpTo(seq);
            ReleaseHeld(released);
        }
    }

    /// <summary>Discards held events and expected seqs beyond the position, because the log in Postgres does not have them.</summary>
    public void DiscardBeyondPosition()
    {
        Newest = Position;
        _held.Clear();
    }

    private void ReleaseHeld(List<FeedEvent> released)
    {
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
                Release(next, released);
            }
        }
    }

    private void Release(in FeedEvent feedEvent, List<FeedEvent> released)
    {
        Position = feedEvent.Seq;
        released.Add(feedEvent);
    }
}
