using System.IO.Pipelines;

namespace JackAutomotive.Realtime.Connections;

/// <summary>A connection's input: for HTTP it ends when a stream takes the connection over, so that HTTP does not wait for another request.</summary>
internal sealed class TakenInput(PipeReader input) : PipeReader
{
    /// <summary>True: HTTP sees the end of the input.</summary>
    public bool IsTaken { get; set; }

    /// <summary>Whether the client has sent anything since.</summary>
    public bool HasArrived()
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
            // The connection broke, which whoever writes to it learns as well.
            return false;
        }
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        result = End;
        return IsTaken || input.TryRead(out result);
    }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        IsTaken ? new ValueTask<ReadResult>(End) : input.ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed)
    {
        if (!IsTaken)
        {
            input.AdvanceTo(consumed);
        }
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!IsTaken)
        {
            input.AdvanceTo(consumed, examined);
        }
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => input.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        if (!IsTaken)
        {
            input.Complete(exception);
        }
    }

    private static ReadResult End => new(default, isCanceled: false, isCompleted: true);
}
