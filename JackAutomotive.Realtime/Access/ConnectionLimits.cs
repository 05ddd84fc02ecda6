using System.ComponentModel.DataAnnotations;
using System.Runtime.InteropServices;
using System.Threading.RateLimiting;
using JackAutomotive.Realtime.Events;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Realtime.Access;

/// <summary>How many streams one instance holds, and how fast it takes new ones. Section <c>Realtime</c>.</summary>
internal sealed class ConnectionLimitOptions
{
    /// <summary>Open streams in all. At some 10 KiB each the default is about 200 MiB.</summary>
    [Range(1, 10_000_000)]
    public int MaxConnections { get; set; } = 20_000;

    /// <summary>Open streams of one API key and of all tokens that it asked for: half, so that none keeps the others out.</summary>
    [Range(1, 10_000_000)]
    public int MaxConnectionsPerKey { get; set; } = 10_000;

    /// <summary>Open streams of one viewer whom a token names: somebody with many tabs, not a page that opens them without end.</summary>
    [Range(1, 10_000_000)]
    public int MaxConnectionsPerViewer { get; set; } = 100;

    /// <summary>New streams a second in the long run.</summary>
    [Range(1, 10_000_000)]
    public int ConnectsPerSecond { get; set; } = 2_000;

    /// <summary>New streams at once after a quiet while: all clients of an instance that died come back in one moment.</summary>
    [Range(1, 10_000_000)]
    public int ConnectBurst { get; set; } = 10_000;
}

[OptionsValidator]
internal sealed partial class ValidateConnectionLimitOptions : IValidateOptions<ConnectionLimitOptions>;

/// <summary>Counts open streams. Costs an instance two numbers, and a stream nothing that is kept for it alone.</summary>
internal sealed class ConnectionLimits(IOptions<ConnectionLimitOptions> options) : IDisposable
{
    private readonly ConnectionLimitOptions _limits = options.Value;
    private readonly TokenBucketRateLimiter _connects = new(new TokenBucketRateLimiterOptions
    {
        TokenLimit = options.Value.ConnectBurst,
        TokensPerPeriod = options.Value.ConnectsPerSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    });

    private readonly Dictionary<string, int> _ofKeys = [];
    private readonly Dictionary<(string Key, string Name), int> _ofViewers = [];
    private int _all;

    /// <summary>Streams that are counted at the moment.</summary>
    public int Count => Volatile.Read(ref _all);

    /// <summary>Keys and viewers who have a stream at the moment.</summary>
    internal int Remembered => _ofKeys.Count + _ofViewers.Count;

    /// <summary>Counts a stream in, to be counted out with <see cref="Leave()"/>; or says why there is no room.</summary>
    public ConnectionRefusal TryEnter()
    {
        if (Interlocked.Increment(ref _all) > _limits.MaxConnections)
        {
            Leave();
            return ConnectionRefusal.InAll;
        }

        using var lease = _connects.AttemptAcquire();
        if (!lease.IsAcquired)
        {
            Leave();
            return ConnectionRefusal.TooFast;
        }

        return ConnectionRefusal.None;
    }

    public void Leave() => Interlocked.Decrement(ref _all);

    /// <summary>Counts a stream in as somebody's, to be counted out with <see cref="Leave(Viewer)"/>; or says why there is no room.</summary>
    public ConnectionRefusal TryEnter(Viewer viewer)
    {
        lock (_ofKeys)
        {
            if (!TryAdd(_ofKeys, viewer.Key, _limits.MaxConnectionsPerKey))
            {
                return ConnectionRefusal.OfKey;
            }

            if (viewer.IsNamed && !TryAdd(_ofViewers, (viewer.Key, viewer.Name), _limits.MaxConnectionsPerViewer))
            {
                Remove(_ofKeys, viewer.Key);
                return ConnectionRefusal.OfViewer;
            }

            return ConnectionRefusal.None;
        }
    }

    public void Leave(Viewer viewer)
    {
        lock (_ofKeys)
        {
            Remove(_ofKeys, viewer.Key);
            if (viewer.IsNamed)
            {
                Remove(_ofViewers, (viewer.Key, viewer.Name));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connects.Dispose();

    private static bool TryAdd<T>(Dictionary<T, int> counts, T who, int limit)
        where T : notnull
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, who, out _);
        if (count >= limit)
        {
            return false;
        }

        count++;
        return true;
    }

    // Nobody is remembered who has no stream: names are without number.
    private static void Remove<T>(Dictionary<T, int> counts, T who)
        where T : notnull
    {
        if (counts[who] == 1)
        {
            counts.Remove(who);
        }
        else
        {
            counts[who]--;
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

/// <summary>Why a stream is not taken.</summary>
internal enum ConnectionRefusal
{
    /// <summary>It is taken.</summary>
    None,

    /// <summary>The instance holds as many as it may.</summary>
    InAll,

    /// <summary>New ones come too fast, for too long.</summary>
    TooFast,

    /// <summary>The API key has as many as it may.</summary>
    OfKey,

    /// <summary>The viewer has as many as a person may.</summary>
    OfViewer,
}
