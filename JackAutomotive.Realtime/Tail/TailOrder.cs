namespace JackAutomotive.Realtime.Tail;

/// <summary>
/// Decides up to which place the log of all leads can be sent. Postgres assigns places in the order of writes, but events become visible
/// in the order of commits. A place that is missing below a visible place appears later, or never if its transaction rolled back. The
/// tail waits for a missing place until every transaction that was writing when the gap was found has ended. This class does no I/O and
/// is not thread-safe.
/// </summary>
/// <remarks>
/// This wait is sufficient: a transaction gets its id before its place, and the missing place was assigned before the visible one. The
/// order of transaction ids cannot replace the order of places: a transaction with an old id can write its event last, and the seqs of a
/// lead would then go backwards.
/// </remarks>
internal sealed class TailOrder(long startPlace)
{
    private long _waitCoversUpTo;
    private ulong _waitUntilWriter;
    private bool _hasWaitEnd;

    /// <summary>Every place up to this one is final: its event is visible, or no event will ever have that place.</summary>
    public long Place { get; private set; } = startPlace;

    /// <summary>True if an event is visible above a missing place.</summary>
    public bool HasGap { get; private set; }

    /// <summary>Returns how many events of a page can be sent, and moves <see cref="Place"/> to the last of these events.</summary>
    /// <param name="page">The places of the events that follow <see cref="Place"/>, in ascending order.</param>
    /// <param name="oldestWriter">Every transaction with a lower id had ended when the page was read.</param>
    public int Take(IReadOnlyList<long> page, ulong oldestWriter)
    {
        var isWaitOver = _hasWaitEnd && oldestWriter >= _waitUntilWriter;
        var count = 0;
        foreach (var place in page)
        {
            var isNext = place == Place + 1;
            var isGapFinal = isWaitOver && place <= _waitCoversUpTo;
            if (!isNext && !isGapFinal)
            {
                break;
            }

            Place = place;
            count++;
        }

        HasGap = count < page.Count;
        _hasWaitEnd &= HasGap && !isWaitOver;
        if (!_hasWaitEnd)
        {
            _waitCoversUpTo = HasGap ? page[^1] : 0;
        }

        return count;
    }

    /// <summary>
    /// True if the wait for a missing place has no end yet. If the place is still missing at the next read, the caller sets the end with
    /// <see cref="SetWaitEnd"/>.
    /// </summary>
    public bool NeedsWaitEnd => HasGap && !_hasWaitEnd;

    /// <summary>Sets the end of the wait: the moment when every transaction with an id below <paramref name="transaction"/> has ended.</summary>
    /// <param name="transaction">An id allocated after the last page was read. The writer of a missing place has a lower id.</param>
    public void SetWaitEnd(ulong transaction)
    {
        _waitUntilWriter = transaction;
        _hasWaitEnd = true;
    }
}
