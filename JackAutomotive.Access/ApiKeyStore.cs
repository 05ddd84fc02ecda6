using System.Collections.Concurrent;
using Npgsql;

namespace JackAutomotive.Access;

/// <summary>
/// Finds the owners of API keys. Valid keys are cached for a short time, so that thousands of reconnecting clients cause few queries. A
/// revoked key, and a scope that was taken away, stop working within 3 seconds (<see cref="KnownKeyLifetime"/>); an expired key stops
/// exactly at its time. A new key works at once, because unknown keys are not cached (see <see cref="ApiKeyLookups"/>). While Postgres is
/// unavailable, keys that were seen before continue to work.
/// </summary>
public sealed partial class ApiKeyStore(NpgsqlDataSource database, TimeProvider time, ILogger<ApiKeyStore> logger) : IDisposable
{
    /// <summary>How long the result for a valid key is cached.</summary>
    internal static readonly TimeSpan KnownKeyLifetime = TimeSpan.FromSeconds(3);

    /// <summary>How long a cached result is used again after a failed query, so that requests do not all wait for a Postgres that hangs.</summary>
    internal static readonly TimeSpan OutageLifetime = TimeSpan.FromSeconds(10);

    // A request with a key that was seen before waits less, because the cached result answers it.
    private static readonly TimeSpan s_refreshWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_lookupWait = TimeSpan.FromSeconds(10);

    private readonly ApiKeyLookups _lookups = new(database);
    private readonly ConcurrentDictionary<string, KnownKey> _knownKeys = new();

    /// <summary>The number of keys in the cache. Only valid keys are cached.</summary>
    internal int CachedKeyCount => _knownKeys.Count;

    /// <summary>The number of queries so far.</summary>
    internal long QueryCount => _lookups.QueryCount;

    /// <summary>Returns the key's owner, or null if the key does not exist, was revoked or has expired.</summary>
    /// <param name="key">The key as the client sent it.</param>
    /// <param name="cancellationToken">Cancels this call, but not a query that other callers share.</param>
    /// <exception cref="ApiKeysUnavailableException">
    /// Postgres failed or did not answer within 10 seconds, and the key was not seen before.
    /// </exception>
    public async ValueTask<ApiKey?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var id = Convert.ToHexString(ApiKey.HashOf(key));
        var now = time.GetUtcNow();
        if (_knownKeys.TryGetValue(id, out var known) && now < known.CheckAt)
        {
            return ReturnIfValid(known.Owner, now);
        }

        try
        {
            var owner = await _lookups.FindAsync(id, known is not null).WaitAsync(known is null ? s_lookupWait : s_refreshWait, cancellationToken);
            UpdateCache(id, owner);
            return ReturnIfValid(owner, time.GetUtcNow());
        }
        catch (Exception e) when (IsOutage(e) && known is not null)
        {
            LogServedFromCache(known.Owner.Name, e);
            _knownKeys[id] = known with { CheckAt = now + OutageLifetime };
            return ReturnIfValid(known.Owner, now);
        }
        catch (Exception e) when (IsOutage(e))
        {
            throw new ApiKeysUnavailableException(e);
        }
    }

    /// <summary>Returns those of the keys that do not exist any more, were revoked, have expired or lack a scope. The cache is not used.</summary>
    /// <param name="ids">The ids of keys, see <see cref="ApiKey.Id"/>.</param>
    /// <param name="scope">The scope that a valid key must have.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <exception cref="NpgsqlException">Postgres failed.</exception>
    public async Task<IReadOnlyList<string>> FindInvalidAsync(
        IReadOnlyCollection<string> ids, string scope, CancellationToken cancellationToken)
    {
        var found = await _lookups.QueryAsync(ids, cancellationToken);
        var invalid = new List<string>();
        foreach (var id in ids)
        {
            var owner = found.GetValueOrDefault(id);
            UpdateCache(id, owner);
            if (ReturnIfValid(owner, time.GetUtcNow()) is not { } valid || !valid.Scopes.Contains(scope))
            {
                invalid.Add(id);
            }
        }

        return invalid;
    }

    /// <inheritdoc/>
    public void Dispose() => _lookups.Dispose();

    private static bool IsOutage(Exception exception) => exception is NpgsqlException or TimeoutException;

    private static ApiKey? ReturnIfValid(ApiKey? owner, DateTimeOffset now) => owner?.IsValidAt(now) == true ? owner : null;

    private void UpdateCache(string id, ApiKey? owner)
    {
        var now = time.GetUtcNow();
        if (ReturnIfValid(owner, now) is { } valid)
        {
            _knownKeys[id] = new KnownKey(valid, now + KnownKeyLifetime);
        }
        else
        {
            _knownKeys.TryRemove(id, out _);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Postgres is unavailable for API keys; the cached result for '{Name}' is used")]
    private partial void LogServedFromCache(string name, Exception exception);

    private sealed record KnownKey(ApiKey Owner, DateTimeOffset CheckAt);
}

/// <summary>An API key could not be checked, because Postgres is unavailable and the key was not seen before.</summary>
/// <param name="inner">The failure of Postgres.</param>
public sealed class ApiKeysUnavailableException(Exception inner) : Exception("API keys cannot be checked right now.", inner);
