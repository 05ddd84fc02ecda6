using System.ComponentModel.DataAnnotations;
using System.Runtime.InteropServices;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Realtime.Access;

/// <summary>The limits on open and new streams of one instance. Configuration section <c>Realtime</c>.</summary>
internal sealed class ConnectionLimitOptions
{
    /// <summary>The most open streams. The default needs about 200 MiB at about 10 KiB for each stream.</summary>
    [Range(1, 10_000_000)]
    public int MaxConnections { get; set; } = 20_000;

    /// <summary>
    /// The most open streams of one API key and of all tokens made for it. The default is half of <see cref="MaxConnections"/>, so that one key
    /// cannot block all others.
    /// </summary>
    [Range(1, 10_000_000)]
    public int MaxConnectionsPerKey { get; set; } = 10_000;

    /// <summary>
    /// The most open streams of one viewer that a token names. The default permits many browser tabs and stops a page that opens streams in
    /// an endless loop.
    /// </summary>
    [Range(1, 10_000_000)]
    public int MaxConnectionsPerViewer { get; set; } = 100;

    /// <summary>The sustained rate of new streams, per second.</summary>
    [Range(1, 10_000_000)]
    public int ConnectsPerSecond { get; set; } = 2_000;

    /// <summary>The burst of new streams after a quiet time: all clients of an instance that died reconnect at the same moment.</summary>
    [Range(1, 10_000_000)]
    public int ConnectBurst { get; set; } = 10_000;
}

[OptionsValidator]
internal sealed partial class ValidateConnectionLimitOptions : IValidateOptions<ConnectionLimitOptions>;

/// <summary>Counts open streams: in total, per API key and per viewer. No object is kept for each stream.</summary>
internal sealed class ConnectionLimits(IOptions<ConnectionLimitOptions> options) : IDisposable
{
    private readonly ConnectionLimitOptions _limits = options.Value;
    private readonly TokenBucketRateLimiter _connectRate = new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = options.Value.ConnectBurst,
        TokensPerPeriod = options.Value.ConnectsPerSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    });

    private readonly Dictionary<string, int> _countsByKey = [];
    private readonly Dictionary<(string Key, string Name), int> _countsByViewer = [];
    private int _openStreams;

    /// <summary>The number of open streams.</summary>
    public int Count => Volatile.Read(ref _openStreams);

    /// <summary>The number of API keys and viewers with open streams.</summary>
    internal int CountedOwners => _countsByKey.Count + _countsByViewer.Count;

    /// <summary>
    /// Counts a new stream and returns <see cref="ConnectionRefusal.None"/>, or returns the limit that refuses the stream. The caller must
    /// call <see cref="Release"/> for each counted stream. The limits of the key and the viewer are checked first, so that a key beyond its
    /// limits takes nothing from the limits that all keys share.
    /// </summary>
    public ConnectionRefusal CountOrRefuse(Viewer viewer)
    {
        var refusal = CountOwnerOrRefuse(viewer);
        if (refusal == ConnectionRefusal.None)
        {
            refusal = CountSharedOrRefuse();
            if (refusal != ConnectionRefusal.None)
            {
                ReleaseOwner(viewer);
            }
        }

        return refusal;
    }

    /// <summary>Releases the count of a stream that has ended.</summary>
    public void Release(Viewer viewer)
    {
        Interlocked.Decrement(ref _openStreams);
        ReleaseOwner(viewer);
    }

    /// <inheritdoc/>
    public void Dispose() => _connectRate.Dispose();

    private ConnectionRefusal CountSharedOrRefuse()
    {
        if (Interlocked.Increment(ref _openStreams) > _limits.MaxConnections)
        {
            Interlocked.Decrement(ref _openStreams);
            return ConnectionRefusal.InstanceLimit;
        }

        using var lease = _connectRate.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            Interlocked.Decrement(ref _openStreams);
            return ConnectionRefusal.ConnectRateLimit;
        }

        return ConnectionRefusal.None;
    }

    private ConnectionRefusal CountOwnerOrRefuse(Viewer viewer)
    {
        lock (_countsByKey)
        {
            if (!TryAdd(_countsByKey, viewer.Key, _limits.MaxConnectionsPerKey))
            {
                return ConnectionRefusal.KeyLimit;
            }

            if (viewer.IsNamed && !TryAdd(_countsByViewer, (viewer.Key, viewer.Name), _limits.MaxConnectionsPerViewer))
            {
                Remove(_countsByKey, viewer.Key);
                return ConnectionRefusal.ViewerLimit;
            }

            return ConnectionRefusal.None;
        }
    }

    private void ReleaseOwner(Viewer viewer)
    {
        lock (_countsByKey)
        {
            Remove(_countsByKey, viewer.Key);
            if (viewer.IsNamed)
            {
                Remove(_countsByViewer, (viewer.Key, viewer.Name));
            }
        }
    }

    private static bool TryAdd<T>(Dictionary<T, int> counts, T owner, int limit)
        where T : notnull
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, owner, out _);
        if (count >= limit)
        {
            return false;
        }

        count++;
        return true;
    }

    // An owner without streams is removed: the number of viewer names is unbounded.
    private static void Remove<T>(Dictionary<T, int> counts, T owner)
        where T : notnull
    {
        if (counts[owner] == 1)
        {
            counts.Remove(owner);
        }
        else
        {
            counts[owner]--;
        }
    }
}

internal static class ConnectionLimitsExtensions
{
    public static void AddConnectionLimits(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<ConnectionLimitOptions, ValidateConnectionLimitOptions>()
            .BindConfiguration(RealtimeOptions.SectionName);
        builder.Services.AddSingleton<ConnectionLimits>();
        builder.Services.AddSingleton<ConnectionRefusals>();
    }
}

/// <summary>The limit that refuses a stream.</summary>
internal enum ConnectionRefusal
{
    /// <summary>No limit refuses the stream.</summary>
    None,

    /// <summary>The instance has reached <see cref="ConnectionLimitOptions.MaxConnections"/>.</summary>
    InstanceLimit,

    /// <summary>
    /// New streams exceed <see cref="ConnectionLimitOptions.ConnectsPerSecond"/> after the burst of
    /// <see cref="ConnectionLimitOptions.ConnectBurst"/>.
    /// </summary>
    ConnectRateLimit,

    /// <summary>The API key has reached <see cref="ConnectionLimitOptions.MaxConnectionsPerKey"/>.</summary>
    KeyLimit,

    /// <summary>The viewer has reached <see cref="ConnectionLimitOptions.MaxConnectionsPerViewer"/>.</summary>
    ViewerLimit,
}
