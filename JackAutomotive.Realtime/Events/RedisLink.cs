using JackAutomotive.Realtime.Telemetry;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace JackAutomotive.Realtime.Events;

/// <summary>
/// Whether messages come through Redis. This instance sends itself a message every so often: only one that comes back proves the
/// whole way, also when the server hangs or the connection is half open, which the client library notices late.
/// </summary>
internal sealed partial class RedisLink : BackgroundService
{
    private const int MissedPulses = 3;

    private readonly IConnectionMultiplexer _redis;
    private readonly RealtimeOptions _options;
    private readonly RealtimeMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly RedisChannel _channel = RedisChannel.Literal($"realtime:pulse:{Guid.CreateVersion7():N}");
    private readonly Lock _gate = new();
    private DateTimeOffset _lastPulse;
    private DateTimeOffset _changedAt;
    private bool _isUp;

    public RedisLink(
        IConnectionMultiplexer redis,
        IOptions<RealtimeOptions> options,
        RealtimeMetrics metrics,
        TimeProvider time,
        ILogger<RedisLink> logger)
    {
        _redis = redis;
        _options = options.Value;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _changedAt = time.GetUtcNow();
        _redis.ConnectionFailed += (_, _) => Set(up: false);
        _redis.ConnectionRestored += (_, _) => SendPulse();
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

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _metrics.RedisIs(up: false);
        _ = SubscribeAsync();

        using var timer = new PeriodicTimer(_options.RedisPulse, _time);
        do
        {
            SendPulse();
            if (SinceLastPulse() > MissedPulses * _options.RedisPulse)
            {
                Set(up: false);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // The library keeps the wish and fulfils it once there is a server, so a failure needs no second try here.
    private async Task SubscribeAsync()
    {
        try
        {
            await _redis.GetSubscriber().SubscribeAsync(_channel, (_, _) => OnPulse());
            SendPulse();
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            LogSubscribeFailed(e);
        }
    }

    private void SendPulse()
    {
        try
        {
            _redis.GetSubscriber().Publish(_channel, RedisValue.EmptyString, CommandFlags.FireAndForget);
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            LogPulseFailed(e);
        }
    }

    private void OnPulse()
    {
        lock (_gate)
        {
            _lastPulse = _time.GetUtcNow();
        }

        Set(up: true);
    }

    private TimeSpan SinceLastPulse()
    {
        lock (_gate)
        {
            return _time.GetUtcNow() - _lastPulse;
        }
    }

    private void Set(bool up)
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

    [LoggerMessage(LogLevel.Debug, "Redis could not be subscribed to yet")]
    private partial void LogSubscribeFailed(Exception exception);

    [LoggerMessage(LogLevel.Debug, "Redis took no message")]
    private partial void LogPulseFailed(Exception exception);
}
