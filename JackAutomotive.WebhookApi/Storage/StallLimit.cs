namespace JackAutomotive.WebhookApi.Storage;

/// <summary>
/// Ends a transfer that makes no progress for a time. A transfer that moves has no limit, however slow it is. The time is real time, because
/// the other side is another machine.
/// </summary>
internal sealed class StallLimit : IDisposable
{
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _stalled;

    private StallLimit(TimeSpan timeout, CancellationToken cancellationToken)
    {
        _timeout = timeout;
        _stalled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        ReportProgress();
    }

    /// <summary>Cancelled if the transfer stalls.</summary>
    public CancellationToken Token => _stalled.Token;

    /// <summary>Runs a transfer.</summary>
    /// <exception cref="TimeoutException">The transfer made no progress for the time.</exception>
    public static async Task<T> RunAsync<T>(Func<StallLimit, Task<T>> transfer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new StallLimit(timeout, cancellationToken);
        try
        {
            // A server that hangs may prevent the client from noticing the cancellation.
            return await transfer(limit).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The object store made no progress for {timeout.TotalSeconds:0} s.", e);
        }
    }

    /// <summary>Reports that bytes were transferred.</summary>
    public void ReportProgress() => _stalled.CancelAfter(_timeout);

    /// <inheritdoc/>
    public void Dispose() => _stalled.Dispose();
}
