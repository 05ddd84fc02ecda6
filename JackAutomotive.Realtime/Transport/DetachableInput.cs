using System.IO.Pipelines;

namespace JackAutomotive.Realtime.Transport;

/// <summary>
/// A connection's input. After a stream has taken over the connection, HTTP sees the end of the input and does not wait for another request.
/// </summary>
internal sealed class DetachableInput(PipeReader input) : PipeReader
{
    /// <summary>True after a stream has taken over the connection. HTTP then sees the end of the input.</summary>
    public bool IsTakenOver { get; set; }

    /// <summary>Returns true if the client has sent bytes that HTTP did not read.</summary>
    public bool HasUnreadBytes()
    {
        try
        {
            if (!input.TryRead(out var result))
            {
                return false;
            }

            input.AdvanceTo(result.Buffer.Start);
            return !result.Buffer.IsEmpty;
        }
        catch (IOException)
        {
            // The connection broke. The next write reports the same failure.
            return false;
        }
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        result = End;
        return IsTakenOver || input.TryRead(out result);
    }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        IsTakenOver ? new ValueTask<ReadResult>(End) : input.ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed)
    {
        if (!IsTakenOver)
        {
            input.AdvanceTo(consumed);
        }
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!IsTakenOver)
        {
            input.AdvanceTo(consumed, examined);
        }
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => input.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        if (!IsTakenOver)
        {
            input.Complete(exception);
        }
    }

    private static ReadResult End => new(default, isCanceled: false, isCompleted: true);
}
