using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>
/// Limits how many webhook requests this instance processes at the same time, and how many per second at one endpoint. A request beyond a limit
/// is rejected at once, not queued.
/// </summary>
internal sealed class WebhookLimits(IOptions<IntakeOptions> options) : IDisposable
{
    private readonly int _maxInFlight = options.Value.MaxRequestsInFlight;
    private readonly ConcurrentDictionary<string, RateLimiter> _rateLimiters = [];
    private int _inFlight;
    private int _discarding;
    private long _reservedBytes;

    /// <summary>Takes a slot for a request, which <see cref="Leave"/> releases; false if all slots are in use.</summary>
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
    /// Takes one of the few places for discarding the unread body of a rejected request, which <see cref="LeaveDiscard"/> releases. If all are
    /// in use, the connection is closed at once, and the sender may not see the answer.
    /// </summary>
    public bool TryEnterDiscard()
    {
        if (Interlocked.Increment(ref _discarding) <= options.Value.MaxDiscards)
        {
            return true;
        }

        Interlocked.Decrement(ref _discarding);
        return false;
    }

    public void LeaveDiscard() => Interlocked.Decrement(ref _discarding);

    /// <summary>
    /// Reserves memory for a body that is being read and is not verified yet; <see cref="Release"/> releases the memory. False if the limit for
    /// such bodies is reached.
    /// </summary>
    public bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref _reservedBytes, bytes) <= options.Value.MaxReceivingBytes)
        {
            return true;
        }

        Interlocked.Add(ref _reservedBytes, -bytes);
        return false;
    }

    public void Release(long bytes) => Interlocked.Add(ref _reservedBytes, -bytes);

    /// <summary>Returns the rate limiter of one endpoint.</summary>
    public RateLimiter GetRateLimiter(WebhookEndpoint endpoint) => _rateLimiters.GetOrAdd(endpoint.Topic, _ => new TokenBucketRateLimiter(new()
    {
        TokenLimit = options.Value.Burst,
        TokensPerPeriod = options.Value.DeliveriesPerSecond,
        ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        QueueLimit = 0,
    }));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var rateLimiter in _rateLimiters.Values)
        {
            rateLimiter.Dispose();
        }
    }
}
