using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Knows the state of every resource, and tells who asks.</summary>
public class ResourceNotificationService : IDisposable
{
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, ResourceEvent> _states = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Channel<ResourceEvent>> _watchers = [];
    private readonly CancellationTokenSource _disposed = new();
    private readonly IServiceProvider _serviceProvider;
    private readonly ILogger<ResourceNotificationService> _logger;
    private readonly DependencyWaiter _waiter;

    /// <param name="logger">The service's own log.</param>
    /// <param name="hostApplicationLifetime">The AppHost: when it stops, every wait ends.</param>
    /// <param name="serviceProvider">The AppHost's services.</param>
    /// <param name="resourceLoggerService">The resources' logs.</param>
    public ResourceNotificationService(
        ILogger<ResourceNotificationService> logger,
        IHostApplicationLifetime hostApplicationLifetime,
        IServiceProvider serviceProvider,
        ResourceLoggerService resourceLoggerService)
    {
        ArgumentNullException.ThrowIfNull(hostApplicationLifetime);
        _logger = logger;
        _serviceProvider = serviceProvider;
        _waiter = new DependencyWaiter(this, resourceLoggerService);
        hostApplicationLifetime.ApplicationStopping.Register(_disposed.Cancel);
    }

    internal WaitBehavior DefaultWaitBehavior =>
        _serviceProvider.GetService<IOptions<ResourceNotificationServiceOptions>>()?.Value.DefaultWaitBehavior
        ?? WaitBehavior.StopOnResourceUnavailable;

    /// <summary>Every state as it is, and then every change; ends with the application.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateUnbounded<ResourceEvent>();
        lock (_lock)
        {
            // Under the lock that PublishUpdateAsync takes: nothing is missed, and nothing older follows something newer.
            foreach (var state in _states.Values)
            {
                channel.Writer.TryWrite(state);
            }

            _watchers.Add(channel);
        }

        using var end = _disposed.Token.Register(() => channel.Writer.TryComplete());
        try
        {
            await foreach (var item in channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return item;
            }
        }
        finally
        {
            lock (_lock)
            {
                _watchers.Remove(channel);
            }
        }
    }

    /// <summary>Changes the state of a resource, of each of its instances.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="stateFactory">Makes the new state from the old one.</param>
    public async Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        foreach (var name in resource.GetResolvedResourceNames())
        {
            await PublishUpdateAsync(resource, name, stateFactory).ConfigureAwait(false);
        }
    }

    /// <summary>Changes the state of one instance of a resource.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="resourceId">The name of the instance.</param>
    /// <param name="stateFactory">Makes the new state from the old one.</param>
    public Task PublishUpdateAsync(IResource resource, string resourceId, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(resourceId);
        ArgumentNullException.ThrowIfNull(stateFactory);

        lock (_lock)
        {
            var before = _states.TryGetValue(resourceId, out var known) ? known.Snapshot : SnapshotBuilder.Initial(resource);
            var after = SnapshotBuilder.Complete(resource, stateFactory(before), _serviceProvider);
            var item = new ResourceEvent(resource, resourceId, after);
            _states[resourceId] = item;

            if (before.State?.Text != after.State?.Text)
            {
                _logger.LogDebug(
                    "Resource {Resource}/{ResourceId} changed state: {PreviousState} -> {NewState}",
                    resource.Name,
                    resourceId,
                    before.State?.Text,
                    after.State?.Text);
            }

            foreach (var watcher in _watchers)
            {
                watcher.Writer.TryWrite(item);
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>The state of a resource as it is.</summary>
    /// <param name="resourceId">The name of an instance, or of a resource that has but one.</param>
    /// <param name="resourceEvent">The state.</param>
    /// <returns>False if there is no such resource, or if it has several instances and none was named.</returns>
    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
    {
        if (!_states.TryGetValue(resourceId, out resourceEvent))
        {
            var named = _states.Values.Where(s => IsNamed(s, resourceId)).Take(2).ToArray();
            resourceEvent = named is [var only] ? only : null;
        }

        return resourceEvent is not null;
    }

    /// <summary>Waits until a resource is in a state.</summary>
    /// <param name="resourceName">The resource's name.</param>
    /// <param name="targetState">The state; <c>Running</c> by default.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task WaitForResourceAsync(
        string resourceName,
        string? targetState = null,
        CancellationToken cancellationToken = default) =>
        await WaitForResourceAsync(resourceName, [targetState ?? KnownResourceStates.Running], cancellationToken).ConfigureAwait(false);

    /// <summary>Waits until a resource is in one of several states.</summary>
    /// <param name="resourceName">The resource's name.</param>
    /// <param name="targetStates">The states.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The state that it is in.</returns>
    public async Task<string> WaitForResourceAsync(
        string resourceName,
        IEnumerable<string> targetStates,
        CancellationToken cancellationToken = default)
    {
        var wanted = targetStates.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var found = await WaitForResourceAsync(
            resourceName,
            e => e.Snapshot.State is { } s && wanted.Contains(s.Text),
            cancellationToken).ConfigureAwait(false);
        return found.Snapshot.State!.Text;
    }

    /// <summary>Waits until a resource is as wanted.</summary>
    /// <param name="resourceName">The resource's name.</param>
    /// <param name="predicate">Tells whether it is.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The state that was wanted.</returns>
    /// <exception cref="OperationCanceledException">The wait, or the application, was ended before.</exception>
    public async Task<ResourceEvent> WaitForResourceAsync(
        string resourceName,
        Func<ResourceEvent, bool> predicate,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(resourceName);
        ArgumentNullException.ThrowIfNull(predicate);

        await foreach (var item in WatchAsync(cancellationToken).ConfigureAwait(false))
        {
            if (IsNamed(item, resourceName) && predicate(item))
            {
                return item;
            }
        }

        throw new OperationCanceledException(
            $"The operation was cancelled before the resource met the predicate condition ({resourceName}).");
    }

    /// <summary>Waits until a resource runs, is healthy and the handlers of <see cref="ResourceReadyEvent"/> have run.</summary>
    /// <param name="resourceName">The resource's name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="DistributedApplicationException">It failed, and the application does not wait for failed resources.</exception>
    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default) =>
        WaitForResourceHealthyAsync(resourceName, DefaultWaitBehavior, cancellationToken);

    /// <summary>Waits until a resource runs, is healthy and the handlers of <see cref="ResourceReadyEvent"/> have run.</summary>
    /// <param name="resourceName">The resource's name.</param>
    /// <param name="waitBehavior">What happens when it fails.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="DistributedApplicationException">It failed, and that ends the wait.</exception>
    public Task<ResourceEvent> WaitForResourceHealthyAsync(
        string resourceName,
        WaitBehavior waitBehavior,
        CancellationToken cancellationToken = default) =>
        _waiter.WaitUntilHealthyAsync(resourceName, waitBehavior, cancellationToken);

    /// <summary>Waits for all that a resource waits for.</summary>
    /// <param name="resource">The resource.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="DistributedApplicationException">Something that it waits for failed, and that ends the wait.</exception>
    public Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken) =>
        _waiter.WaitForDependenciesAsync(resource, cancellationToken);

    /// <summary>Ends every wait.</summary>
    public void Dispose()
    {
        _disposed.Cancel();
        GC.SuppressFinalize(this);
    }

    private static bool IsNamed(ResourceEvent item, string name) =>
        string.Equals(
            item.Resource.Name,
            name,
            StringComparison.OrdinalIgnoreCase) || string.Equals(item.ResourceId, name, StringComparison.OrdinalIgnoreCase);
}

/// <summary>How waits behave.</summary>
public class ResourceNotificationServiceOptions
{
    /// <summary>What happens when a resource that is waited for fails.</summary>
    public WaitBehavior DefaultWaitBehavior { get; set; }
}
