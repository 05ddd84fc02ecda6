using System.Collections.Concurrent;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.Access;

/// <summary>
/// Looks up keys in <c>api_keys</c> and caches the results for a short time, so that thousands of reconnecting clients cause only one query
/// for each key. A revoked key stops working within 15 seconds (<see cref="KnownKeyLifetime"/>). A new key that was tried before it existed
/// works within 3 seconds (<see cref="UnknownKeyLifetime"/>). While Postgres is unavailable, keys that were seen before continue to work.
/// </summary>
public sealed partial class ApiKeyStore(NpgsqlDataSource database, TimeProvider time, ILogger<ApiKeyStore> logger)
{
    /// <summary>How long the result for an existing key is cached.</summary>
    internal static readonly TimeSpan KnownKeyLifetime = TimeSpan.FromSeconds(15);

    /// <summary>How long the result for an unknown key is cached.</summary>
    internal static readonly TimeSpan UnknownKeyLifetime = TimeSpan.FromSeconds(3);

    /// <summary>The most unknown keys in the cache, so that an attacker who guesses keys cannot exhaust the memory.</summary>
    internal const int MaxUnknownKeys = 4096;

    private const string FindSql = "SELECT name, scopes FROM api_keys WHERE key_hash = $1 AND revoked_at IS NULL";

    private static readonly TimeSpan s_lookupTimeout = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, KnownKey> _knownKeys = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _unknownKeys = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<ApiKey?>>> _lookups = new();

    /// <summary>The number of unknown keys in the cache.</summary>
    internal int UnknownKeyCount => _unknownKeys.Count;

    /// <summary>Returns the key's owner, or null if the key does not exist or was revoked.</summary>
    /// <param name="key">The key as the client sent it.</param>
    /// <param name="cancellationToken">Cancels this call, but not a query that other callers share.</param>
    /// <exception cref="ApiKeysUnavailableException">
    /// Postgres failed or did not answer within 3 seconds, and the key was not seen before.
    /// </exception>
    public async ValueTask<ApiKey?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var hash = ApiKey.HashOf(key);
        var id = Convert.ToHexString(hash);
        var now = time.GetUtcNow();

        if (_knownKeys.TryGetValue(id, out var known) && now - known.CheckedAt < KnownKeyLifetime)
        {
            return known.Owner;
        }

        if (_unknownKeys.TryGetValue(id, out var checkedAt) && now - checkedAt < UnknownKeyLifetime)
        {
            return null;
        }

        try
        {
            var lookup = _lookups.GetOrAdd(id, _ => new Lazy<Task<ApiKey?>>(() => LookUpAsync(id, hash)));
            return await lookup.Value.WaitAsync(cancellationToken);
        }
        catch (Exception e) when (IsOutage(e) && known is not null)
        {
            LogServedFromCache(known.Owner.Name, e);
            _knownKeys[id] = known with { CheckedAt = now };
            return known.Owner;
        }
        catch (Exception e) when (IsOutage(e))
        {
            throw new ApiKeysUnavailableException(e);
        }
    }

    private static bool IsOutage(Exception exception) => exception is NpgsqlException or TimeoutException;

    // Concurrent callers share the lookup of the same key, so it must not depend on the cancellation of one caller.
    private async Task<ApiKey?> LookUpAsync(string id, byte[] hash)
    {
        try
        {
            using var timeout = new CancellationTokenSource(s_lookupTimeout);
            var owner = await QueryAsync(hash, timeout.Token);
            AddToCache(id, owner);
            return owner;
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException("Postgres did not answer in time.", e);
        }
        finally
        {
            _lookups.TryRemove(id, out _);
        }
    }

    private async Task<ApiKey?> QueryAsync(byte[] hash, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(FindSql);
        command.Parameters.Add(new NpgsqlParameter { Value = hash, NpgsqlDbType = NpgsqlDbType.Bytea });
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new ApiKey(row.GetString(0), await row.GetFieldValueAsync<string[]>(1, cancellationToken))
            : null;
    }

    private void AddToCache(string id, ApiKey? owner)
    {
        var now = time.GetUtcNow();
        if (owner is not null)
        {
            _knownKeys[id] = new KnownKey(owner, now);
            _unknownKeys.TryRemove(id, out _);
            return;
        }

        _knownKeys.TryRemove(id, out _);
        if (_unknownKeys.Count >= MaxUnknownKeys)
        {
            _unknownKeys.Clear();
        }

        _unknownKeys[id] = now;
    }

    [LoggerMessage(LogLevel.Warning, "Postgres is unavailable for API keys; the cached result for '{Name}' is used")]
    private partial void LogServedFromCache(string name, Exception exception);

    private sealed record KnownKey(ApiKey Owner, DateTimeOffset CheckedAt);
}

/// <summary>An API key could not be checked, because Postgres is unavailable and the key was not seen before.</summary>
/// <param name="inner">The failure of Postgres.</param>
public sealed class ApiKeysUnavailableException(Exception inner) : Exception("API keys cannot be checked right now.", inner);
