using System.Collections.Concurrent;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp.Model;
using Aspire.Hosting.Eventing;
using k8s.Autorest;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dcp;

/// <summary>Follows the processes: publishes how each is, and collects what each writes.</summary>
internal sealed class ExecutableWatcher(
    DcpHost dcp,
    DistributedApplicationModel model,
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    IDistributedApplicationEventing eventing,
    IServiceProvider services,
    ILogger<ExecutableWatcher> logger)
{
    private const string SystemSource = "system";

    private static readonly (string Source, bool IsError)[] s_sources =
        [("startup_stdout", false), ("startup_stderr", true), ("stdout", false), ("stderr", true), (SystemSource, false)];

    private readonly ConcurrentDictionary<string, DcpExecutable> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _deleted = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _logged = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _over = new(StringComparer.Ordinal);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var changes = dcp.Client.WatchAsync<DcpExecutable>(DcpExecutable.Plural, cancellationToken);
                await foreach (var (exists, executable) in changes.ConfigureAwait(false))
                {
                    if (exists)
                    {
                        await HandleAsync(executable, cancellationToken).ConfigureAwait(false);
                    }
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is HttpRequestException or HttpOperationException or IOException)
            {
                // Watches are cut now and then; the next one begins with how everything is.
                logger.LogDebug(exception, "The watch for processes was cut.");
                await Task.Delay(100, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Completes when a process has ended; at once if it does not run.</summary>
    public Task WaitUntilOverAsync(string instance, CancellationToken cancellationToken)
    {
        if (!_known.TryGetValue(instance, out var executable) || ExecutableState.IsOver(executable.Status?.State))
        {
            return Task.CompletedTask;
        }

        var over = _over.GetOrAdd(instance, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        return ExecutableState.IsOver(_known[instance].Status?.State) ? Task.CompletedTask : over.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Forgets a process that was deleted, to be created anew under the same name.</summary>
    public void Forget(string instance)
    {
        if (_known.TryRemove(instance, out var deleted))
        {
            // What the watch still says of it must not be taken for the new one.
            _deleted[deleted.Metadata.Uid] = 0;
        }
    }

    private async Task HandleAsync(DcpExecutable executable, CancellationToken cancellationToken)
    {
        var (name, uid) = (executable.Metadata.Name, executable.Metadata.Uid);
        if (executable.Metadata.DeletionTimestamp is not null || _deleted.ContainsKey(uid) || Find(executable) is not { } resource)
        {
            return;
        }

        var wasOver = _known.TryGetValue(name, out var before) && ExecutableState.IsOver(before.Status?.State);
        _known[name] = executable;
        if (!string.IsNullOrEmpty(executable.Status?.State) && _logged.TryAdd(uid, 0))
        {
            CollectLogs(name, cancellationToken);
        }

        await notifications.PublishUpdateAsync(
            resource,
            name,
            s => ExecutableSnapshots.Update(s, resource, executable)).ConfigureAwait(false);

        if (ExecutableState.IsOver(executable.Status?.State))
        {
            AnnounceEnd(resource, name, announce: !wasOver, cancellationToken);
        }
    }

    private void AnnounceEnd(IResource resource, string name, bool announce, CancellationToken cancellationToken)
    {
        if (_over.TryRemove(name, out var over))
        {
            over.TrySetResult();
        }

        if (announce && notifications.TryGetCurrentState(name, out var state))
        {
            _ = Task.Run(
                () => eventing.PublishAsync(new ResourceStoppedEvent(resource, services, state), cancellationToken),
                cancellationToken);
        }
    }

    private IResource? Find(DcpExecutable executable) =>
        executable.Metadata.Annotations is { } annotations
        && annotations.TryGetValue("resource-name", out var name)
        && model.Resources.TryGetByName(name, out var resource)
            ? resource
            : null;

    private void CollectLogs(string name, CancellationToken cancellationToken)
    {
        foreach (var (source, isError) in s_sources)
        {
            _ = Task.Run(() => CollectAsync(name, source, isError, cancellationToken), CancellationToken.None);
        }
    }

    private async Task CollectAsync(string name, string source, bool isError, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var line in dcp.Client.ReadLogAsync(name, source, cancellationToken).ConfigureAwait(false))
            {
                loggers.Append(name, source == SystemSource ? SystemLogLine.Format(line) : line, isError);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException
            or HttpRequestException or HttpOperationException or IOException)
        {
            // The process is gone, or the application ends.
            logger.LogDebug(exception, "The log stream {Source} of {Name} was cut.", source, name);
        }
    }
}
