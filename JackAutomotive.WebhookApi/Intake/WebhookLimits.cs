using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>How many webhooks this instance takes: at the same time, and per second at one endpoint. Nobody waits in a queue here.</summary>
internal sealed class WebhookLimits(IOptions<IntakeOptions> options) : IDisposable
{
    private readonly int _maxInFlight = options.Value.MaxRequestsInFlight;
    private readonly ConcurrentDictionary<string, RateLimiter> _rates = [];
    private int _inFlight;
    private long _receiving;

    /// <summary>Takes a place, to be given back with <see cref="Leave"/>; false if there is none.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _inFlight) <= _maxInFlight)
        {
            return true;
        }

        Interlocked.Decrement(ref _inFlight);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _inFlight);

    /// <summary>
    /// Takes memory for a body that is being read and that nobody vouches for yet, to be given back with <see cref="Release"/>; false
    /// if such bodies have all that they may.
    /// </summary>
    public bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref _receiving, bytes) <= options.Value.MaxReceivingBytes)
        {
            return true;
        }

        Interlocked.Add(ref _receiving, -bytes);
        return false;
    }

    public void Release(long bytes) => Interlocked.Add(ref _receiving, -bytes);

    /// <summary>What one endpoint may take per second.</summary>
    public RateLimiter RateOf(WebhookEndpoint endpoint) => _rates.GetOrAdd(endpoint.Topic, _ => new TokenBucketRateLimiter(new()
    {
        TokenLimit = options.Value.Burst,
        TokensPerPeriod = options.Value.DeliveriesPerSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    }));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var rate in _rates.Values)
        {
            rate.Dispose();
        }
    }
}
