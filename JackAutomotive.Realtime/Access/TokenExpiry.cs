using JackAutomotive.Realtime.Streams;

namespace JackAutomotive.Realtime.Access;

/// <summary>
/// Ends each stream before the token that opened it expires. One timer serves all streams. A stream that was opened with an API key has no
/// entry here, see <see cref="KeyRevocation"/>.
/// </summary>
internal sealed class TokenExpiry(BackgroundLoops loops, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly BackgroundLoop _loop = loops.Create("token expiry", new BackgroundLoopLimits { Interval = s_interval });
    private readonly Lock _gate = new();
    private readonly Dictionary<long, HashSet<Entry>> _entriesBySecond = [];

    /// <summary>The number of open streams with a scheduled end.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _entriesBySecond.Values.Sum(entries => entries.Count);
            }
        }
    }

    /// <summary>
    /// Calls <paramref name="end"/> when the viewer must reconnect with a new token, unless the result is disposed before. Returns null if the
    /// viewer's access does not expire.
    /// </summary>
    public IDisposable? Schedule(Viewer viewer, Action end)
    {
        if (viewer.ExpiresAt is not { } expiresAt)
        {
            return null;
        }

        var entry = new Entry(this, ChooseEnd(time.GetUtcNow(), expiresAt, Random.Shared.NextDouble()).ToUnixTimeSeconds(), end);
        lock (_gate)
        {
            if (!_entriesBySecond.TryGetValue(entry.Second, out var entries))
            {
                _entriesBySecond.Add(entry.Second, entries = []);
            }

            entries.Add(entry);
        }

        return entry;
    }

    /// <summary>
    /// Returns the moment after 80 % to 100 % of the remaining lifetime, for a <paramref name="spread"/> of 0 to 1. A random spread keeps
    /// clients with tokens of the same age from reconnecting at the same moment.
    /// </summary>
    internal static DateTimeOffset ChooseEnd(DateTimeOffset now, DateTimeOffset expiresAt, double spread) =>
        expiresAt > now ? now + ((expiresAt - now) * (0.8 + (0.2 * spread))) : now;

    /// <summary>Ends every stream whose scheduled time has passed.</summary>
    internal void EndExpiredStreams()
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        Entry[] due;
        lock (_gate)
        {
            var seconds = _entriesBySecond.Keys.Where(second => second <= now).ToArray();
            due = [.. seconds.SelectMany(second => _entriesBySecond[second])];
            Array.ForEach(seconds, second => _entriesBySecond.Remove(second));
        }

        EachInTurn.Do(due, entry => entry.End());
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        await _loop.RunAsync(timer.WaitForNextTickAsync, EndExpiredStreamsAsync, stoppingToken);
    }

    private Task EndExpiredStreamsAsync(CancellationToken cancellationToken)
    {
        EndExpiredStreams();
        return Task.CompletedTask;
    }

    private void Remove(Entry entry)
    {
        lock (_gate)
        {
            if (_entriesBySecond.TryGetValue(entry.Second, out var entries) && entries.Remove(entry) && entries.Count == 0)
            {
                _entriesBySecond.Remove(entry.Second);
            }
        }
    }

    private sealed class Entry(TokenExpiry owner, long second, Action end) : IDisposable
    {
        public long Second => second;

        public void End() => end();

        public void Dispose() => owner.Remove(this);
    }
}
