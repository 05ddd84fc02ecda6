using System.Collections.Concurrent;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Dcp.Model;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Lifecycle;

/// <summary>Starts and stops the processes of resources.</summary>
internal sealed class ResourceProcesses(
    DcpHost dcp,
    ExecutableFactory factory,
    ExecutableWatcher watcher,
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    IDistributedApplicationEventing eventing,
    IServiceProvider services,
    ILogger<ResourceProcesses> logger)
{
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, byte> _created = new(StringComparer.Ordinal);

    // One change at a time for each process: two starts at once would create it twice.
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _changes = new(StringComparer.Ordinal);

    /// <summary>Starts every process of a resource, after all that the resource waits for.</summary>
    public async Task StartAllAsync(IResource resource, CancellationToken cancellationToken)
    {
        var instances = resource.GetInstances();
        try
        {
            await notifications.WaitForDependenciesAsync(resource, cancellationToken).ConfigureAwait(false);

            // Those that the user did not wait with have been started meanwhile.
            var waiting = instances.Where(i => !IsCreated(i)).ToArray();
            await PublishStartingAsync(resource, waiting).ConfigureAwait(false);
            await eventing.PublishAsync(new BeforeResourceStartedEvent(resource, services), cancellationToken).ConfigureAwait(false);
            foreach (var instance in waiting)
            {
                await CreateAsync(resource, instance, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            await FailAsync(resource, exception, [.. instances.Where(i => !IsCreated(i))]).ConfigureAwait(false);
        }
    }

    /// <summary>Starts one process anew.</summary>
    /// <exception cref="DistributedApplicationException">It could not be started.</exception>
    public async Task StartAsync(IResource resource, string instanceName, CancellationToken cancellationToken)
    {
        var instance = Find(resource, instanceName);
        try
        {
            if (IsCreated(instance))
            {
                await dcp.Client.DeleteAsync(DcpExecutable.Plural, instance.Name, cancellationToken).ConfigureAwait(false);
                watcher.Forget(instance.Name);
            }

            await PublishStartingAsync(resource, [instance]).ConfigureAwait(false);
            await eventing.PublishAsync(new BeforeResourceStartedEvent(resource, services), cancellationToken).ConfigureAwait(false);
            await CreateAsync(resource, instance, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            await FailAsync(resource, exception, [instance]).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops one process and returns when it has ended.</summary>
    public async Task StopAsync(IResource resource, string instanceName, CancellationToken cancellationToken)
    {
        var instance = Find(resource, instanceName);
        await notifications.PublishUpdateAsync(
            resource,
            instance.Name,
            s => s with { State = KnownResourceStates.Stopping }).ConfigureAwait(false);
        await dcp.Client.StopExecutableAsync(instance.Name, cancellationToken).ConfigureAwait(false);

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(s_stopTimeout);
        try
        {
            await watcher.WaitUntilOverAsync(instance.Name, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DistributedApplicationException($"'{instance.Name}' did not end within {s_stopTimeout.TotalSeconds:0} s.");
        }
    }

    /// <summary>Stops every process of a resource that was started and returns when they have ended.</summary>
    public Task StopAllAsync(IResource resource, CancellationToken cancellationToken) =>
        Task.WhenAll(resource.GetInstances().Where(IsCreated).Select(async instance =>
        {
            await dcp.Client.StopExecutableAsync(instance.Name, cancellationToken).ConfigureAwait(false);
            await watcher.WaitUntilOverAsync(instance.Name, cancellationToken).ConfigureAwait(false);
        }));

    private static ResourceInstance Find(IResource resource, string name) =>
        resource.GetInstances().FirstOrDefault(i => i.Name == name)
        ?? throw new DistributedApplicationException($"Resource '{name}' not found.");

    private bool IsCreated(ResourceInstance instance) => _created.ContainsKey(instance.Name);

    private async Task CreateAsync(IResource resource, ResourceInstance instance, CancellationToken cancellationToken)
    {
        var change = _changes.GetOrAdd(instance.Name, _ => new SemaphoreSlim(1, 1));
        await change.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var executable = await factory.CreateAsync(resource, instance, cancellationToken).ConfigureAwait(false);
            await dcp.Client.CreateAsync(executable, DcpExecutable.Plural, cancellationToken).ConfigureAwait(false);
            _created[instance.Name] = 0;
        }
        finally
        {
            change.Release();
        }
    }

    private async Task PublishStartingAsync(IResource resource, IEnumerable<ResourceInstance> instances)
    {
        foreach (var instance in instances)
        {
            await notifications.PublishUpdateAsync(resource, instance.Name, s => s with
            {
                State = KnownResourceStates.Starting,
                ExitCode = null,
                StartTimeStamp = null,
                StopTimeStamp = null,
            }).ConfigureAwait(false);
        }
    }

    private async Task FailAsync(IResource resource, Exception exception, IEnumerable<ResourceInstance> instances)
    {
        // A reason that was made for people needs no trace.
        var known = exception is DistributedApplicationException;
        logger.LogError(known ? null : exception, "Failed to start '{Resource}': {Reason}", resource.Name, exception.Message);
        foreach (var instance in instances)
        {
            loggers.GetLogger(instance.Name).LogError(
                known ? null : exception,
                "Failed to start '{Resource}': {Reason}",
                resource.Name,
                exception.Message);
            await notifications.PublishUpdateAsync(resource, instance.Name, s => s with
            {
                State = new ResourceStateSnapshot(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error),
            }).ConfigureAwait(false);
        }
    }
}
