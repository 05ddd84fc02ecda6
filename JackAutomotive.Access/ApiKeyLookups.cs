using System.Threading.RateLimiting;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.Access;

/// <summary>
/// Looks up API keys in <c>api_keys</c> with one query at a time. Lookups that arrive during a query share the next query, so random keys
/// from a stranger occupy one connection to Postgres and no more. After a burst of queries that miss a key, the queries also pause, so the
/// stranger causes at most 20 small queries a second. No result is cached here, so a new key works at once.
/// </summary>
internal sealed class ApiKeyLookups(NpgsqlDataSource database) : IDisposable
{
    /// <summary>The most keys that wait for the next query, which bounds the memory that random keys can take.</summary>
    internal const int MaxWaiting = 4096;

    /// <summary>The most queries with an unknown key that are run one after the other without a pause.</summary>
    internal const int MissBurst = 50;

    private const string FindSql = """
        SELECT key_hash, name, scopes, expires_at FROM api_keys
        WHERE key_hash = ANY ($1) AND revoked_at IS NULL
        """;

    private const int MissesPerSecond = 20;

    private static readonly TimeSpan s_queryTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_pauseAfterMiss = TimeSpan.FromSeconds(1.0 / MissesPerSecond);

    private readonly Lock _gate = new();
    private readonly TokenBucketRateLimiter _misses = new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = MissBurst,
        TokensPerPeriod = MissesPerSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    });

    private Dictionary<string, TaskCompletionSource<ApiKey?>> _waiting = [];
    private bool _isQuerying;
    private long _queries;

    /// <summary>The number of queries so far.</summary>
    internal long QueryCount => Interlocked.Read(ref _queries);

    /// <summary>
    /// Returns the owner of a key that is not revoked; null if there is none. The query starts after the call, so a key that was added
    /// before the call is found.
    /// </summary>
    /// <param name="id">The SHA-256 of the key in hexadecimal digits.</param>
    /// <param name="wasValid">True if the key was valid before. The limit of waiting keys then does not apply.</param>
    /// <exception cref="NpgsqlException">Postgres failed.</exception>
    /// <exception cref="TimeoutException">Postgres did not answer within 5 seconds, or too many other keys wait.</exception>
    public Task<ApiKey?> FindAsync(string id, bool wasValid)
    {
        lock (_gate)
        {
            if (!_waiting.TryGetValue(id, out var lookup))
            {
                if (_waiting.Count >= MaxWaiting && !wasValid)
                {
                    return Task.FromException<ApiKey?>(new TimeoutException("Too many API keys wait to be checked."));
                }

                _waiting[id] = lookup = new TaskCompletionSource<ApiKey?>(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            if (!_isQuerying)
            {
                _isQuerying = true;

                // A query serves several requests, so it belongs to the trace of none of them.
                ThreadPool.UnsafeQueueUserWorkItem(static lookups => _ = lookups.QueryWaitingAsync(), this, preferLocal: false);
            }

            return lookup.Task;
        }
    }

    /// <summary>Returns the keys that are not revoked, with one query of its own.</summary>
    /// <param name="ids">The SHA-256 of each key in hexadecimal digits.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <exception cref="NpgsqlException">Postgres failed.</exception>
    public async Task<Dictionary<string, ApiKey>> QueryAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _queries);
        await using var command = database.CreateCommand(FindSql);
        command.Parameters.Add(new NpgsqlParameter
        {
            Value = ids.Select(Convert.FromHexString).ToArray(),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea,
        });

        var found = new Dictionary<string, ApiKey>(ids.Count);
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            var id = Convert.ToHexString(rows.GetFieldValue<byte[]>(0));
            found[id] = new ApiKey(
                id,
                rows.GetString(1),
                await rows.GetFieldValueAsync<string[]>(2, cancellationToken),
                rows.IsDBNull(3) ? null : rows.GetFieldValue<DateTimeOffset>(3));
        }

        return found;
    }

    /// <inheritdoc/>
    public void Dispose() => _misses.Dispose();

    private async Task QueryWaitingAsync()
    {
        while (TakeWaiting() is { } batch)
        {
            try
            {
                using var timeout = new CancellationTokenSource(s_queryTimeout);
                var found = await QueryAsync(batch.Keys, timeout.Token);
                foreach (var (id, lookup) in batch)
                {
                    lookup.SetResult(found.GetValueOrDefault(id));
                }

                await PauseAfterMissAsync(hasMiss: found.Count < batch.Count);
            }
            catch (Exception e)
            {
                // Each caller of FindAsync gets the exception and handles it.
                var failure = e is OperationCanceledException ? new TimeoutException("Postgres did not answer in time.", e) : e;
                foreach (var lookup in batch.Values)
                {
                    lookup.TrySetException(failure);
                    _ = lookup.Task.Exception;
                }
            }
        }
    }

    private async Task PauseAfterMissAsync(bool hasMiss)
    {
        if (!hasMiss)
        {
            return;
        }

        using var lease = _misses.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            await Task.Delay(s_pauseAfterMiss);
        }
    }

    private Dictionary<string, TaskCompletionSource<ApiKey?>>? TakeWaiting()
    {
        lock (_gate)
        {
            var batch = _waiting;
            _isQuerying = batch.Count > 0;
            _waiting = [];
            return _isQuerying ? batch : null;
        }
    }
}
