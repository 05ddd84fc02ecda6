using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Lifecycle;

/// <summary>Starts the application: the orchestrator, the addresses, and then each resource when its time has come.</summary>
internal sealed class Orchestrator(
    DcpHost dcp,
    DcpOptions options,
    ServiceAllocator allocator,
    ExecutableWatcher watcher,
    ResourceProcesses processes,
    ValueResources values,
    ChildStates childStates,
    OrderlyStop orderlyStop,
    DistributedApplicationModel model,
    DistributedApplicationExecutionContext executionContext,
    IDistributedApplicationEventing eventing,
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    IServiceProvider services,
    IConfiguration configuration,
    ILogger<DistributedApplication> logger) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _noMoreStarts = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _background = [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        logger.LogInformation("Distributed application starting.");
        logger.LogInformation("Application host directory is: {AppHostDirectory}", configuration["AppHost:Directory"]);

        ModelPreparation.Prepare(model.Resources);
        await PublishInitialStatesAsync().ConfigureAwait(false);
        await dcp.StartAsync(cancellationToken).ConfigureAwait(false);
        await allocator.AllocateAsync(cancellationToken).ConfigureAwait(false);
        AnnounceDashboard();
        await AnnounceEndpointsAsync(cancellationToken).ConfigureAwait(false);

        _background.Add(watcher.RunAsync(_stopping.Token));
        _background.Add(childStates.RunAsync(_stopping.Token));
        var created = model.Resources.Select(resource => Task.Run(
            () => StartResourceAsync(resource, _noMoreStarts.Token),
            CancellationToken.None)).ToArray();
        _background.Add(AnnounceCreatedAsync(created, _noMoreStarts.Token));

        logger.LogInformation("Distributed application started. Press Ctrl+C to shut down.");
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _noMoreStarts.CancelAsync().ConfigureAwait(false);
        await orderlyStop.RunAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_background).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await dcp.StopAsync(options.WaitForResourceCleanup).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _noMoreStarts.Dispose();
        _stopping.Dispose();
    }

    private async Task PublishInitialStatesAsync()
    {
        foreach (var resource in model.Resources)
        {
            var state = resource.HasAnnotationOfType<ExplicitStartupAnnotation>() ? KnownResourceStates.NotStarted
                : resource.IsProcess() ? KnownResourceStates.Starting
                : null;
            var parent = ModelPreparation.ParentOf(resource)?.GetResolvedResourceNames()[0];
            await notifications.PublishUpdateAsync(
                resource,
                s =>
                    (state is null ? s : s with { State = state })
                    .WithProperty(KnownPropertyNames.ParentName, parent)).ConfigureAwait(false);
        }
    }

    private async Task AnnounceEndpointsAsync(CancellationToken cancellationToken)
    {
        foreach (var resource in model.Resources.ToArray())
        {
            if (resource is IResourceWithEndpoints)
            {
                await eventing.PublishAsync(
                    new ResourceEndpointsAllocatedEvent(resource, services),
                    cancellationToken).ConfigureAwait(false);
            }

            await ResourceUrls.SetAsync(resource, executionContext, cancellationToken).ConfigureAwait(false);
            await notifications.PublishUpdateAsync(
                resource,
                s => s with { Urls = ExecutableSnapshots.UrlsOf(resource, isActive: false) }).ConfigureAwait(false);
        }
    }

    private async Task StartResourceAsync(IResource resource, CancellationToken cancellationToken)
    {
        try
        {
            await eventing.PublishAsync(
                new InitializeResourceEvent(resource, eventing, loggers, notifications, services),
                cancellationToken).ConfigureAwait(false);
            switch (resource)
            {
                case ParameterResource parameter:
                    await values.StartAsync(parameter, cancellationToken).ConfigureAwait(false);
                    return;
                case ConnectionStringResource connectionString:
                    await values.StartAsync(connectionString, cancellationToken).ConfigureAwait(false);
                    return;
                case IResourceWithConnectionString server:
                    await AnnounceConnectionStringAsync(server, cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    break;
            }

            if (resource.IsProcess() && !resource.HasAnnotationOfType<ExplicitStartupAnnotation>())
            {
                await processes.StartAllAsync(resource, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The application ends.
        }
        catch (Exception exception)
        {
            loggers.GetLogger(resource).LogError(exception, "Failed to start '{Resource}'.", resource.Name);
            await notifications.PublishUpdateAsync(resource, s => s with
            {
                State = new ResourceStateSnapshot(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error),
            }).ConfigureAwait(false);
        }
    }

    private async Task AnnounceConnectionStringAsync(IResourceWithConnectionString server, CancellationToken cancellationToken)
    {
        var connectionString = await server.GetConnectionStringAsync(cancellationToken).ConfigureAwait(false);
        await eventing.PublishAsync(new ConnectionStringAvailableEvent(server, services), cancellationToken).ConfigureAwait(false);
        await notifications.PublishUpdateAsync(
            server,
            s => s.WithProperty(KnownPropertyNames.ConnectionString, connectionString, isSensitive: true)).ConfigureAwait(false);
    }

    private async Task AnnounceCreatedAsync(Task[] created, CancellationToken cancellationToken)
    {
        await Task.WhenAll(created).ConfigureAwait(false);
        if (!cancellationToken.IsCancellationRequested)
        {
            await eventing.PublishAsync(new AfterResourcesCreatedEvent(services, model), cancellationToken).ConfigureAwait(false);
        }
    }

    private void AnnounceDashboard()
    {
        if (model.Resources.TryGetByName(DashboardResource.Name, out var found) && found is ExecutableResource dashboard)
        {
            eventing.Subscribe<ResourceReadyEvent>(dashboard, (_, _) =>
            {
                var login = DashboardResource.LoginUrl(dashboard, configuration);
                logger.LogInformation("Now listening on: {DashboardUrl}", new Uri(login).GetLeftPart(UriPartial.Authority));
                logger.LogInformation("Login to the dashboard at {DashboardLoginUrl}", login);
                return Task.CompletedTask;
            });
        }
    }
}

internal static class OrchestratorServices
{
    public static IServiceCollection AddOrchestrator(this IServiceCollection services) => services
        .AddSingleton<DcpHost>()
        .AddSingleton<ServiceAllocator>()
        .AddSingleton<ExecutableFactory>()
        .AddSingleton<ExecutableWatcher>()
        .AddSingleton<ResourceProcesses>()
        .AddSingleton<ValueResources>()
        .AddSingleton<ChildStates>()
        .AddSingleton<OrderlyStop>()
        .AddSingleton(TimeProvider.System)
        .AddHostedService<Orchestrator>();
}
