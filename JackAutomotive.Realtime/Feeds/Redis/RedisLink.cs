using JackAutomotive.Realtime.Telemetry;

namespace JackAutomotive.Realtime.Feeds.Redis;

/// <summary>
/// The state of the link to Redis: all connections together. The link is up while every <see cref="RedisReader"/> is up.
/// </summary>
internal sealed partial class RedisLink
{
    private readonly RealtimeMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private DateTimeOffset _changedAt;
    private bool _isUp;

    public RedisLink(RealtimeMetrics metrics, TimeProvider time, ILogger<RedisLink> logger)
    {
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _changedAt = time.GetUtcNow();
        metrics.SetRedisUp(up: false);
    }

    /// <summary>Raised after <see cref="State"/> has changed, on the thread that called <see cref="Update"/>.</summary>
    public event Action? Changed;

    /// <summary>Whether the link is up, and the time of the last change.</summary>
    public (bool IsUp, DateTimeOffset Since) State
    {
        get
        {
            lock (_gate)
            {
                return (_isUp, _changedAt);
            }
        }
    }

    /// <summary>Records the current state, and notifies listeners if the state changed.</summary>
    public void Update(bool up)
    {
        lock (_gate)
        {
            if (_isUp == up)
            {
                return;
            }

            _isUp = up;
            _changedAt = _time.GetUtcNow();
        }

        _metrics.SetRedisUp(up);
        if (up)
        {
            LogUp();
        }
        else
        {
            LogDown();
        }

        Changed?.Invoke();
    }

    [LoggerMessage(LogLevel.Information, "Messages arrive through Redis")]
    private partial void LogUp();

    [LoggerMessage(LogLevel.Warning, "Redis is down; streams continue from Postgres")]
    private partial void LogDown();
}
