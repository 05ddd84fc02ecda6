using System.Collections.Concurrent;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.Contract;

/// <summary>
/// Finds keys in <c>api_keys</c> and remembers the answers for a short while, so that thousands of clients that come back at
/// once cost one query. A revoked key stops working within <see cref="KnownFor"/>; a new one that was tried too early starts
/// within <see cref="UnknownFor"/>. While Postgres is away, keys that were seen before go on working.
/// </summary>
internal sealed partial class ApiKeyStore(NpgsqlDataSource database, TimeProvider time, ILogger<ApiKeyStore> logger)
{
    /// <summary>How long a key that was found is not asked for again.</summary>
    internal static readonly TimeSpan KnownFor = TimeSpan.FromSeconds(15);

    /// <summary>How long a key that was not found is not asked for again.</summary>
    internal static readonly TimeSpan UnknownFor = TimeSpan.FromSeconds(3);

    /// <summary>Most wrong keys remembered: somebody who tries keys must not fill the memory.</summary>
    internal const int MaxUnknown = 4096;

    private const string FindSql = "SELECT name, scopes FROM api_keys WHERE key_hash = $1 AND revoked_at IS NULL";

    private static readonly TimeSpan s_lookupTimeout = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, Known> _known = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _unknown = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<ApiKey?>>> _lookups = new();

    /// <summary>Wrong keys remembered at the moment.</summary>
    internal int UnknownCount => _unknown.Count;

    /// <summary>Returns the key's owner, or null if there is no such key or it was revoked.</summary>
    /// <exception cref="ApiKeysUnavailableException">Postgres cannot be asked and the key was not seen before.</exception>
    public async ValueTask<ApiKey?> FindAsync(string key, CancellationToken cancellationToken)
    {
        var hash = ApiKey.HashOf(key);
        var id = Convert.ToHexString(hash);
        var now = time.GetUtcNow();

        if (_known.TryGetValue(id, out var known) && now - known.AskedAt < KnownFor)
        {
            return known.Key;
        }

        if (_unknown.TryGetValue(id, out var askedAt) && now - askedAt < UnknownFor)
        {
            return null;
        }

        try
        {
            var lookup = _lookups.GetOrAdd(id, _ => new Lazy<Task<ApiKey?>>(() => LookUpAsync(id, hash)));
            return await lookup.Value.WaitAsync(cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException && known is not null)
        {
            LogServedFromMemory(known.Key.Name, e);
            _known[id] = known with { AskedAt = now };
            return known.Key;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            throw new ApiKeysUnavailableException(e);
        }
    }

    // Shared by all who ask for the same key at the same time, so it must not depend on one caller's cancellation.
    private async Task<ApiKey?> LookUpAsync(string id, byte[] hash)
    {
        try
        {
            using var timeout = new CancellationTokenSource(s_lookupTimeout);
            var key = await QueryAsync(hash, timeout.Token);
            Remember(id, key);
            return key;
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

    private void Remember(string id, ApiKey? key)
    {
        var now = time.GetUtcNow();
        if (key is not null)
        {
            _known[id] = new Known(key, now);
            _unknown.TryRemove(id, out _);
            return;
        }

        _known.TryRemove(id, out _);
        if (_unknown.Count >= MaxUnknown)
        {
            _unknown.Clear();
        }

        _unknown[id] = now;
    }

    [LoggerMessage(LogLevel.Warning, "Postgres cannot be asked about API keys; '{Name}' goes on with what was known")]
    private partial void LogServedFromMemory(string name, Exception exception);

    private sealed record Known(ApiKey Key, DateTimeOffset AskedAt);
}

/// <summary>Whether a key is good cannot be said right now.</summary>
internal sealed class ApiKeysUnavailableException(Exception inner) : Exception("API keys cannot be checked right now.", inner);
