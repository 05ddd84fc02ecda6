using JackAutomotive.Realtime.Telemetry;

namespace JackAutomotive.Realtime.Redis;

/// <summary>
/// Whether messages come through Redis: every connection has answered lately, and all that is wanted is subscribed to.
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
        metrics.RedisIs(up: false);
    }

    /// <summary>Raised after <see cref="State"/> changed, on whatever thread noticed it.</summary>
    public event Action? Changed;

    /// <summary>Whether messages come through, and since when that is so.</summary>
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

    /// <summary>Says what is the case now.</summary>
    public void Set(bool up)
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

        _metrics.RedisIs(up);
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

    [LoggerMessage(LogLevel.Information, "Messages come through Redis")]
    private partial void LogUp();

    [LoggerMessage(LogLevel.Warning, "Redis is away; streams go on from Postgres")]
    private partial void LogDown();
}
