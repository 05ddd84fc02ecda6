using JackAutomotive.Realtime.Events;
using JackAutomotive.Realtime.Telemetry;
using Microsoft.Extensions.Options;
using OpenTelemetry;

namespace JackAutomotive.Realtime.Tail;

/// <summary>
/// This instance's end of the log of all leads. It is read only while somebody follows it, and a little longer; who comes after that
/// finds a new one.
/// </summary>
internal sealed partial class LogTails(
    TailLog log,
    TailHints hints,
    IOptions<RealtimeOptions> options,
    TailMetrics metrics,
    RealtimeMetrics streamMetrics,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<LogTails> logger)
{
    // How long the start waits for transactions to end, so that it can be exact.
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_openWait = TimeSpan.FromSeconds(5);

    // If they do not end, it begins before whatever is missing among this many events.
    private const int StartDepth = 1000;

    private readonly Lock _gate = new();
    private Task<LogTail>? _current;
    private int _followers;
    private DateTimeOffset _leftAt;

    /// <summary>The tail that is read at the moment, or null.</summary>
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

    /// <summary>The tail, at a known place. Each success has to be followed by one <see cref="Release"/>.</summary>
    /// <exception cref="Npgsql.NpgsqlException">Postgres is away.</exception>
    /// <exception cref="TimeoutException">Postgres did not answer within five seconds.</exception>
    public async Task<LogTail> OpenAsync(CancellationToken cancellationToken)
    {
        var opening = Hold();
        try
        {
            return await opening.WaitAsync(s_openWait, time, cancellationToken);
        }
        catch
        {
            Release();
            throw;
        }
    }

    /// <summary>Gives it back.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _followers--;
            _leftAt = time.GetUtcNow();
        }
    }

    private Task<LogTail> Hold()
    {
        lock (_gate)
        {
            _followers++;
            if (_current is null or { IsFaulted: true } or { IsCanceled: true })
            {
                // Not part of the first follower's request, whose trace and cancellation are not the tail's.
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
        var tail = new LogTail(await FindStartAsync(lifetime.ApplicationStopping), options.Value, streamMetrics);
        _ = Task.Run(() => FollowAsync(tail), CancellationToken.None);
        return tail;
    }

    // Everything up to the newest place is decided as soon as those who write at this moment have ended: usually at once.
    private async Task<long> FindStartAsync(CancellationToken cancellationToken)
    {
        var newest = await log.FindNewestAsync(cancellationToken);
        var writersBefore = await log.TakeTransactionAsync(cancellationToken);
        var began = time.GetTimestamp();
        while (time.GetElapsedTime(began) < s_patience)
        {
            if (await log.FindOldestWriterAsync(cancellationToken) >= writersBefore)
            {
                return newest;
            }

            await Task.Delay(s_step, time, cancellationToken);
        }

        return await log.FindCertainAsync(newest, StartDepth, cancellationToken);
    }

    private async Task FollowAsync(LogTail tail)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        var reader = new TailReader(tail, log, hints, options.Value, metrics, time, logger);
        var listening = hints.ListenAsync(tail);
        try
        {
            while (!TryEnd())
            {
                await reader.ReadAsync(lifetime.ApplicationStopping);
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Its streams end too.
        }
        catch (Exception e)
        {
            // Streams on a tail that nobody reads would be silent for ever: a new one is found by whoever comes back.
            LogFailed(e);
            Forget(tail);
            tail.End();
        }

        await listening;
        await hints.StopAsync(tail);
    }

    private bool TryEnd()
    {
        lock (_gate)
        {
            var ends = _followers == 0 && time.GetUtcNow() - _leftAt >= options.Value.Linger;
            if (ends)
            {
                _current = null;
            }

            return ends;
        }
    }

    private void Forget(LogTail tail)
    {
        lock (_gate)
        {
            if (_current is { IsCompletedSuccessfully: true } current && current.Result == tail)
            {
                _current = null;
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "The log of all leads cannot be followed; its streams end and have to come back")]
    private partial void LogFailed(Exception exception);
}
