using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Keeps what each resource logs: what its processes write, and what the host says about it.</summary>
public class ResourceLoggerService : IDisposable
{
    private readonly ConcurrentDictionary<string, ResourceLog> _logs = new(StringComparer.OrdinalIgnoreCase);
    private readonly CancellationTokenSource _disposed = new();

    /// <summary>A logger whose messages show up in the resource's log, in that of each of its instances.</summary>
    public ILogger GetLogger(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return new ResourceLogger(() => resource.GetResolvedResourceNames().Select(LogOf));
    }

    /// <summary>A logger whose messages show up in the log of one instance.</summary>
    public ILogger GetLogger(string resourceName)
    {
        ArgumentNullException.ThrowIfNull(resourceName);
        return new ResourceLogger(() => [LogOf(resourceName)]);
    }

    /// <summary>What was logged, and then what follows; ends when the log is completed.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return Merged([.. resource.GetResolvedResourceNames().Select(WatchAsync)]);
    }

    /// <summary>What one instance logged, and then what follows; ends when the log is completed.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> WatchAsync(string resourceName) => LogOf(resourceName).WatchAsync(_disposed.Token);

    /// <summary>What was logged so far.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        return resource.GetResolvedResourceNames().Select(name => LogOf(name).Lines).ToAsyncEnumerable();
    }

    /// <summary>What one instance logged so far.</summary>
    public IAsyncEnumerable<IReadOnlyList<LogLine>> GetAllAsync(string resourceName) =>
        new[] { LogOf(resourceName).Lines }.ToAsyncEnumerable();

    /// <summary>Says that no more will be logged.</summary>
    public void Complete(IResource resource)
    {
        ArgumentNullException.ThrowIfNull(resource);
        foreach (var name in resource.GetResolvedResourceNames())
        {
            Complete(name);
        }
    }

    /// <summary>Says that one instance will log no more.</summary>
    public void Complete(string name) => LogOf(name).Complete();

    /// <summary>Forgets what an instance logged.</summary>
    public void ClearBacklog(string resourceName) => LogOf(resourceName).Clear();

    /// <summary>Ends every watch.</summary>
    public void Dispose()
    {
        _disposed.Cancel();
        GC.SuppressFinalize(this);
    }

    /// <summary>Adds a line of a process; its content begins with the time.</summary>
    internal void Append(string resourceName, string content, bool isErrorMessage) => LogOf(resourceName).Append(content, isErrorMessage);

    private ResourceLog LogOf(string resourceName)
    {
        ArgumentNullException.ThrowIfNull(resourceName);
        return _logs.GetOrAdd(resourceName, _ => new ResourceLog());
    }

    private static async IAsyncEnumerable<IReadOnlyList<LogLine>> Merged(
        IAsyncEnumerable<IReadOnlyList<LogLine>>[] sources,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = System.Threading.Channels.Channel.CreateUnbounded<IReadOnlyList<LogLine>>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var copies = Task.WhenAll(sources.Select(source => Task.Run(
            async () =>
            {
                await foreach (var lines in source.WithCancellation(stop.Token).ConfigureAwait(false))
                {
                    channel.Writer.TryWrite(lines);
                }
            },
            CancellationToken.None)));
        _ = copies.ContinueWith(
            done => channel.Writer.TryComplete(done.Exception),
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);

        try
        {
            await foreach (var lines in channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return lines;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private sealed class ResourceLogger(Func<IEnumerable<ResourceLog>> logs) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            var time = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffffffK", CultureInfo.InvariantCulture);
            var message = formatter(state, exception) + (exception is null ? "" : Environment.NewLine + exception);
            foreach (var log in logs())
            {
                log.Append($"{time} {message}", logLevel >= LogLevel.Error);
            }
        }
    }
}
