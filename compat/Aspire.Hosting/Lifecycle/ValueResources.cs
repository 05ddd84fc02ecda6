using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Lifecycle;

/// <summary>The states of resources that are values: parameters and connection strings.</summary>
internal sealed class ValueResources(
    ResourceNotificationService notifications,
    ResourceLoggerService loggers,
    IDistributedApplicationEventing eventing,
    IServiceProvider services)
{
    public async Task StartAsync(ParameterResource parameter, CancellationToken cancellationToken)
    {
        try
        {
            var value = await parameter.GetValueAsync(cancellationToken).ConfigureAwait(false);
            if (parameter is IResourceWithConnectionString)
            {
                await eventing.PublishAsync(
                    new ConnectionStringAvailableEvent(parameter, services),
                    cancellationToken).ConfigureAwait(false);
            }

            var name = parameter.IsConnectionString ? KnownPropertyNames.ConnectionString : KnownPropertyNames.ParameterValue;
            await notifications.PublishUpdateAsync(parameter, s => (s with { State = Running })
                .WithProperty(
                    KnownPropertyNames.Source,
                    parameter.IsConnectionString ? $"ConnectionStrings:{parameter.Name}" : $"Parameters:{parameter.Name}")
                .WithProperty(name, value, isSensitive: parameter.Secret)).ConfigureAwait(false);
        }
        catch (MissingParameterValueException exception)
        {
            loggers.GetLogger(parameter).LogWarning("{Reason}", exception.Message);
            await notifications.PublishUpdateAsync(parameter, s => s with
            {
                State = new ResourceStateSnapshot(KnownResourceStates.ValueMissing, KnownResourceStateStyles.Warn),
            }).ConfigureAwait(false);
        }
    }

    public async Task StartAsync(ConnectionStringResource resource, CancellationToken cancellationToken)
    {
        try
        {
            await notifications.WaitForDependenciesAsync(resource, cancellationToken).ConfigureAwait(false);
            await eventing.PublishAsync(new BeforeResourceStartedEvent(resource, services), cancellationToken).ConfigureAwait(false);

            var value = await resource.ConnectionStringExpression.GetValueAsync(cancellationToken).ConfigureAwait(false);
            await eventing.PublishAsync(new ConnectionStringAvailableEvent(resource, services), cancellationToken).ConfigureAwait(false);
            var urls = ExecutableSnapshots.UrlsOf(resource, isActive: true);
            await notifications.PublishUpdateAsync(resource, s => (s with { State = Running, Urls = urls })
                .WithProperty(KnownPropertyNames.ConnectionString, value, isSensitive: true)).ConfigureAwait(false);
        }
        catch (DistributedApplicationException exception)
        {
            loggers.GetLogger(resource).LogError("{Reason}", exception.Message);
            await notifications.PublishUpdateAsync(resource, s => s with
            {
                State = new ResourceStateSnapshot(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error),
            }).ConfigureAwait(false);
        }
    }

    private static ResourceStateSnapshot Running => new(KnownResourceStates.Running, KnownResourceStateStyles.Success);
}
