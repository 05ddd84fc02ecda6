using JackAutomotive.Realtime.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;
using OpenTelemetry;

namespace JackAutomotive.Realtime.Tail;

/// <summary>
/// Provides this instance's <see cref="LogTail"/>. The tail is read while it has followers and for <see cref="RealtimeOptions.Linger"/>
/// after the last one left. A later follower gets a new tail.
/// </summary>
internal sealed partial class LogTailProvider(
    TailLog log,
    TailChannel channel,
    IOptions<RealtimeOptions> options,
    TailMetrics metrics,
    RealtimeMetrics streamMetrics,
    TimeProvider time,
    BackgroundLoops loops,
    IHostApplicationLifetime lifetime,
    ILogger<LogTailProvider> logger)
{
    // How long the start of a tail waits for open transactions to end. If they end in time, the tail starts at the newest place.
    private static readonly TimeSpan s_writerWait = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_writerPollInterval = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_openTimeout = TimeSpan.FromSeconds(5);

    private static readonly BackgroundLoopLimits s_limits = new() { MaxDelay = TimeSpan.FromSeconds(1) };

    // If the transactions do not end in time, the tail starts below the first missing place among this many newest events.
    private const int MaxStartDepth = 1000;

    private readonly Lock _gate = new();
    private Task<LogTail>? _current;
    private int _followers;
    private DateTimeOffset _lastReleasedAt;

    /// <summary>The tail that is being read, or null.</summary>
    public LogTail? Current
    {
        get
        {
            lock (_gate)
            {
                return _current is { IsCompletedSuccessfully: true } opened ? opened.Result : null;
            }
        }
    }

    /// <summary>Returns the tail and starts it if needed. The caller must call <see cref="Release"/> once for each success.</summary>
    /// <exception cref="NpgsqlException">Postgres is unavailable.</exception>
    /// <exception cref="TimeoutException">Postgres did not answer within five seconds.</exception>
    public async Task<LogTail> OpenAsync(CancellationToken cancellationToken)
    {
        var opening = GetOrStart();
        try
        {
            return await opening.WaitAsync(s_openTimeout, time, cancellationToken);
        }
        catch
        {
            Release();
            throw;
        }
    }

    /// <summary>Counts one follower less. Without followers, the tail is read for <see cref="RealtimeOptions.Linger"/> more.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _followers--;
            _lastReleasedAt = time.GetUtcNow();
        }
    }

    private Task<LogTail> GetOrStart()
    {
        lock (_gate)
        {
            _followers++;
            if (_current is null or { IsFaulted: true } or { IsCanceled: true })
            {
                // The tail outlives the first follower's request, so it must not inherit that request's trace or cancellation.
                using (ExecutionContext.SuppressFlow())
                {
                    _current = Task.Run(StartAsync);
                }
            }

            return _current;
        }
    }

    private async Task<LogTail> StartAsync()
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        var tail = new LogTail(await FindStartPlaceAsync(lifetime.ApplicationStopping), options.Value, streamMetrics);
        _ = Task.Run(() => RunReaderAsync(tail), CancellationToken.None);
        return tail;
    }

    // Every place up to the newest one is final once all transactions that are writing now have ended. Usually none is open.
    private async Task<long> FindStartPlaceAsync(CancellationToken cancellationToken)
    {
        var newest = await log.FindNewestPlaceAsync(cancellationToken);
        var idAboveWriters = await log.AllocateTransactionIdAsync(cancellationToken);
        var began = time.GetTimestamp();
        while (time.GetElapsedTime(began) < s_writerWait)
        {
            if (await log.FindOldestWriterIdAsync(cancellationToken) >= idAboveWriters)
            {
                return newest;
            }

            await Task.Delay(s_writerPollInterval, time, cancellationToken);
        }

        return await log.FindLastGaplessPlaceAsync(newest, MaxStartDepth, cancellationToken);
    }

    private async Task RunReaderAsync(LogTail tail)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        var reader = new TailReader(tail, log, channel, options.Value, metrics, time);
        var listening = channel.ListenAsync(tail);
        var isBroken = false;
        await loops.Create("log tail", s_limits).RunAsync(
            async token =>
            {
                if (isBroken || TryRetire())
                {
                    return false;
                }

                await reader.WaitUntilDueAsync(token);
                return true;
            },
            async token =>
            {
                try
                {
                    await reader.ReadAsync(token);
                }
                catch (Exception e) when (e is not NpgsqlException and not TimeoutException and not OperationCanceledException)
                {
                    // The reader may have lost events, so it must not go on. Clients that reconnect get a new tail and every event.
                    LogFailed(e);
                    Discard(tail);
                    tail.End();
                    isBroken = true;
                }
            },
            lifetime.ApplicationStopping);

        await listening;
        await channel.StopAsync(tail);
    }

    private bool TryRetire()
    {
        lock (_gate)
        {
            var isUnused = _followers == 0 && time.GetUtcNow() - _lastReleasedAt >= options.Value.Linger;
            if (isUnused)
            {
                _current = null;
            }

            return isUnused;
        }
    }

    private void Discard(LogTail tail)
    {
        lock (_gate)
        {
            if (_current is { IsCompletedSuccessfully: true } current && current.Result == tail)
            {
                _current = null;
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "The reader of the log of all leads failed; its streams end and the clients must reconnect")]
    private partial void LogFailed(Exception exception);
}
