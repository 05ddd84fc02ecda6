namespace JackAutomotive.Realtime.Events;

/// <summary>
/// Puts one lead's messages in order: whatever comes late, twice, shuffled or not at all, what leaves is position + 1,
/// position + 2 and so on. Pure and not thread-safe; its owner fetches from Postgres what <see cref="Behind"/> says is missing.
/// </summary>
internal sealed class SeqOrder(long position)
{
    /// <summary>Most messages kept behind a hole. What does not fit is read from Postgres when its turn comes.</summary>
    internal const int MaxHeld = 1024;

    private readonly SortedDictionary<long, FeedEvent> _held = [];

    /// <summary>The seq of the last message that left.</summary>
    public long Position { get; private set; } = position;

    /// <summary>The highest seq known to exist.</summary>
    public long Newest { get; private set; } = position;

    /// <summary>Something is known to exist that did not leave yet.</summary>
    public bool Behind => Newest > Position;

    /// <summary>Takes a message and appends to <paramref name="inOrder"/> what may leave now.</summary>
    public void Offer(in FeedEvent message, List<FeedEvent> inOrder)
    {
        MustExist(message.Seq);
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

        Leave(message, inOrder);
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
                Leave(next, inOrder);
            }
        }
    }

    /// <summary>Notes that <paramref name="seq"/> exists although it was not seen.</summary>
    public void MustExist(long seq) => Newest = Math.Max(Newest, seq);

    /// <summary>Takes back that anything beyond the position exists: the log, which is the truth, does not have it.</summary>
    public void NothingFollows()
    {
        Newest = Position;
        _held.Clear();
    }

    private void Leave(in FeedEvent message, List<FeedEvent> inOrder)
    {
        Position = message.Seq;
        inOrder.Add(message);
    }
}
