namespace JackAutomotive.Realtime.Feeds;

/// <summary>
/// Limits how many connections to Postgres all replays, snapshots and checks of new streams use together. More concurrent reads would only
/// wait for each other in Postgres, and would take connections from other queries.
/// </summary>
internal sealed class LogReadSlots : IDisposable
{
    /// <summary>The most concurrent reads.</summary>
    internal const int MaxConcurrentReads = 8;

    // A request that has no answer yet does not wait longer than a client would.
    private static readonly TimeSpan s_requestWait = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _slots = new(MaxConcurrentReads);

    /// <summary>
    /// Runs a read for a stream that has begun. The read waits for a slot as long as necessary, and the stream gets heartbeats meanwhile.
    /// </summary>
    public Task<T> ReadAsync<T>(Func<CancellationToken, Task<T>> readAsync, CancellationToken cancellationToken) =>
        ReadAsync(readAsync, Timeout.InfiniteTimeSpan, cancellationToken);

    /// <summary>Runs a read for a request that has no answer yet.</summary>
    /// <exception cref="TimeoutException">No slot was free within 5 seconds.</exception>
    public Task<T> ReadForRequestAsync<T>(Func<CancellationToken, Task<T>> readAsync, CancellationToken cancellationToken) =>
        ReadAsync(readAsync, s_requestWait, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    private async Task<T> ReadAsync<T>(Func<CancellationToken, Task<T>> readAsync, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (!await _slots.WaitAsync(wait, cancellationToken))
        {
            throw new TimeoutException("Too many streams read the log.");
        }

        try
        {
            return await readAsync(cancellationToken);
        }
        finally
        {
            _slots.Release();
        }
    }
}
