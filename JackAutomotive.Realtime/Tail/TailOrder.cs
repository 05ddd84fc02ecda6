namespace JackAutomotive.Realtime.Tail;

/// <summary>
/// Decides how far the log of all leads can be shown. Places are given in the order of writing, transactions become visible in the
/// order of committing: a place that is missing below a visible one is either about to come or, if its transaction was undone, never
/// will. It is waited for until every transaction has ended that had begun to write when it was missed. Pure and not thread-safe.
/// </summary>
/// <remarks>
/// That is enough because a transaction has its id before it is given a place, and the missing place was given before the visible one.
/// Why not the order of transaction ids: a transaction can have an old id and write its event last, so that in that order a lead's seqs
/// could go backwards.
/// </remarks>
internal sealed class TailOrder(long position)
{
    private long _missedBelow;
    private ulong _writersBefore;
    private bool _isMarked;

    /// <summary>Everything up to this place is visible or never will be.</summary>
    public long Position { get; private set; } = position;

    /// <summary>Something is visible beyond a place that is missing.</summary>
    public bool HeldBack { get; private set; }

    /// <summary>How many events of a page can be shown; the position moves to the last of them.</summary>
    /// <param name="page">The places of the events that follow <see cref="Position"/>, rising.</param>
    /// <param name="oldestWriter">Every transaction with a lower id had ended when the page was read.</param>
    public int Take(IReadOnlyList<long> page, ulong oldestWriter)
    {
        var isOver = _isMarked && oldestWriter >= _writersBefore;
        var count = 0;
        foreach (var place in page)
        {
            if (place != Position + 1 && !(isOver && place <= _missedBelow))
            {
                break;
            }

            Position = place;
            count++;
        }

        HeldBack = count < page.Count;
        _isMarked &= HeldBack && !isOver;
        if (!_isMarked)
        {
            _missedBelow = HeldBack ? page[^1] : 0;
        }

        return count;
    }

    /// <summary>
    /// Whether the wait for what is missing has no end yet: to be given by <see cref="Mark"/> if it is still missing after a moment.
    /// </summary>
    public bool NeedsMark => HeldBack && !_isMarked;

    /// <summary>Gives the wait its end.</summary>
    /// <param name="transaction">An id given after the last page was read: whoever took a missing place has a lower one.</param>
    public void Mark(ulong transaction)
    {
        _writersBefore = transaction;
        _isMarked = true;
    }
}
