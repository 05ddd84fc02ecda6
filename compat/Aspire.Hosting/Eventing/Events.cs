using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The application is about to start: the last moment to change the model.</summary>
/// <param name="services">The AppHost's services.</param>
/// <param name="model">The application.</param>
public class BeforeStartEvent(IServiceProvider services, DistributedApplicationModel model) : IDistributedApplicationEvent
{
    /// <summary>The AppHost's services.</summary>
    public IServiceProvider Services { get; } = services;

    /// <summary>The application.</summary>
    public DistributedApplicationModel Model { get; } = model;
}

/// <summary>Every resource was created.</summary>
/// <param name="services">The AppHost's services.</param>
/// <param name="model">The application.</param>
public class AfterResourcesCreatedEvent(IServiceProvider services, DistributedApplicationModel model) : IDistributedApplicationEvent
{
    /// <summary>The AppHost's services.</summary>
    public IServiceProvider Services { get; } = services;

    /// <summary>The application.</summary>
    public DistributedApplicationModel Model { get; } = model;
}

/// <summary>A resource's life begins; a resource of one's own does its work in a handler of this.</summary>
public class InitializeResourceEvent : IDistributedApplicationResourceEvent
{
    /// <param name="resource">The resource.</param>
    /// <param name="distributedApplicationEventing">To publish further events.</param>
    /// <param name="resourceLoggerService">The resource's log.</param>
    /// <param name="resourceNotificationService">To publish its state.</param>
    /// <param name="services">The AppHost's services.</param>
    public InitializeResourceEvent(
        IResource resource,
        IDistributedApplicationEventing distributedApplicationEventing,
        ResourceLoggerService resourceLoggerService,
        ResourceNotificationService resourceNotificationService,
        IServiceProvider services)
    {
        Resource = resource;
        Eventing = distributedApplicationEventing;
        Logger = resourceLoggerService.GetLogger(resource);
        Notifications = resourceNotificationService;
        Services = services;
    }

    /// <inheritdoc />
    public IResource Resource { get; }

    /// <summary>To publish further events.</summary>
    public IDistributedApplicationEventing Eventing { get; }

    /// <summary>The resource's log.</summary>
    public ILogger Logger { get; }

    /// <summary>To publish its state.</summary>
    public ResourceNotificationService Notifications { get; }

    /// <summary>The AppHost's services.</summary>
    public IServiceProvider Services { get; }
}

/// <summary>It is known where a resource listens.</summary>
/// <param name="resource">The resource.</param>
/// <param name="services">The AppHost's services.</param>
public class ResourceEndpointsAllocatedEvent(IResource resource, IServiceProvider services) : IDistributedApplicationResourceEvent
{
    /// <inheritdoc />
    public IResource Resource { get; } = resource;

    /// <summary>The AppHost's services.</summary>
    public IServiceProvider Services { get; } = services;
}

/// <summary>A resource's connection string is known.</summary>
/// <param name="resource">The resource.</param>
/// <param name="services">The AppHost's services.</param>
public class ConnectionStringAvailableEvent(IResource resource, IServiceProvider services) : IDistributedApplicationResourceEvent
{
    /// <inheritdoc />
    public IResource Resource { get; } = resource;

    /// <summary>The AppHost's services.</summary>
    public IServiceProvider Services { get; } = services;
}

/// <summary>A resource has waited for all that it waits for and is about to start.</summary>
/// <param name="resource">The resource.</param>
/// <param name="services">The AppHost's services.</param>
public class BeforeResourceStartedEvent(IResource resource, IServiceProvider services) : IDistributedApplicationResourceEvent
{
    /// <inheritdoc />
    public IResource Resource { get; } = resource;

    /// <summary>The AppHost's services.</summary>
    public IServiceProvider Services { get; } = services;
}

/// <summary>A resource runs and is healthy for the first time since its start.</summary>
/// <param name="resource">The resource.</param>
/// <param name="services">The AppHost's services.</param>
public class ResourceReadyEvent(IResource resource, IServiceProvider services) : IDistributedApplicationResourceEvent
{
    /// <inheritdoc />
    public IResource Resource { get; } = resource;

    /// <summary>The AppHost's services.</summary>
    public IServiceProvider Services { get; } = services;
}

/// <summary>A resource has ended.</summary>
/// <param name="resource">The resource.</param>
/// <param name="services">The AppHost's services.</param>
/// <param name="resourceEvent">How it ended.</param>
public class ResourceStoppedEvent(
    IResource resource,
    IServiceProvider services,
    ResourceEvent resourceEvent) : IDistributedApplicationResourceEvent
{
    /// <inheritdoc />
    public IResource Resource { get; } = resource;

    /// <summary>The AppHost's services.</summary>
    public IServiceProvider Services { get; } = services;

    /// <summary>How it ended.</summary>
    public ResourceEvent ResourceEvent { get; } = resourceEvent;
}
