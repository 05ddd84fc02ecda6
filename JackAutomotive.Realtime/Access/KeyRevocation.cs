using JackAutomotive.Access;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.Realtime.Access;

/// <summary>
/// Ends the streams of an API key that was revoked, has expired or has lost the scope <c>read</c>. One query at a regular interval checks
/// every key with open streams on this instance, so each instance ends its own streams. An outage of Postgres ends no stream. The streams of
/// tokens are not affected, see <see cref="TokenExpiry"/>.
/// </summary>
internal sealed partial class KeyRevocation(
    ApiKeyStore keys,
    BackgroundLoops loops,
    IOptions<RealtimeOptions> options,
    TimeProvider time,
    ILogger<KeyRevocation> logger) : BackgroundService
{
    private readonly BackgroundLoop _loop = loops.Create("key revocation");
    private readonly Lock _gate = new();
    private readonly Dictionary<string, HashSet<Entry>> _entriesByKey = [];

    /// <summary>The number of open streams that API keys opened.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entriesByKey.Values.Sum(entries => entries.Count);
            }
        }
    }

    /// <summary>
    /// Calls <paramref name="end"/> when the viewer's API key no longer permits the stream, unless the result is disposed before. Returns null
    /// if no API key opened the stream.
    /// </summary>
    public IDisposable? Watch(Viewer viewer, Action end)
    {
        if (viewer.KeyId is not { } keyId)
        {
            return null;
        }

        var entry = new Entry(this, keyId, viewer.Key, end);
        lock (_gate)
        {
            if (!_entriesByKey.TryGetValue(keyId, out var entries))
            {
                _entriesByKey.Add(keyId, entries = []);
            }

            entries.Add(entry);
        }

        return entry;
    }

    /// <summary>Checks every key with open streams, and ends the streams of the keys that no longer permit streams.</summary>
    /// <exception cref="NpgsqlException">Postgres failed.</exception>
    internal async Task EndStreamsOfInvalidKeysAsync(CancellationToken cancellationToken)
    {
        var keyIds = CopyKeyIds();
        if (keyIds.Length == 0)
        {
            return;
        }

        foreach (var keyId in await keys.FindInvalidAsync(keyIds, ApiKeys.Read, cancellationToken))
        {
            var entries = TakeEntries(keyId);
            if (entries.Length > 0)
            {
                LogEnded(entries.Length, entries[0].KeyName);
            }

            foreach (var entry in entries)
            {
                entry.End();
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.KeyCheckInterval, time);
        await _loop.RunAsync(timer.WaitForNextTickAsync, EndStreamsOfInvalidKeysAsync, stoppingToken);
    }

    private string[] CopyKeyIds()
    {
        lock (_gate)
        {
            return [.. _entriesByKey.Keys];
        }
    }

    private Entry[] TakeEntries(string keyId)
    {
        lock (_gate)
        {
            return _entriesByKey.Remove(keyId, out var entries) ? [.. entries] : [];
        }
    }

    private void Remove(Entry entry)
    {
        lock (_gate)
        {
            if (_entriesByKey.TryGetValue(entry.KeyId, out var entries) && entries.Remove(entry) && entries.Count == 0)
            {
                _entriesByKey.Remove(entry.KeyId);
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "Ended {Count} streams of the API key '{Name}': the key was revoked, has expired or lacks the scope 'read'")]
    private partial void LogEnded(int count, string name);

    private sealed class Entry(KeyRevocation owner, string keyId, string keyName, Action end) : IDisposable
    {
        public string KeyId => keyId;

        public string KeyName => keyName;

        public void End() => end();

        public void Dispose() => owner.Remove(this);
    }
}
