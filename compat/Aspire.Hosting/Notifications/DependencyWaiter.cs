using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>The waits of one resource for others.</summary>
internal sealed class DependencyWaiter(ResourceNotificationService notifications, ResourceLoggerService loggers)
{
    public async Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken)
    {
        var waits = resource.Annotations.OfType<WaitAnnotation>().DistinctBy(w => (w.Resource, w.WaitType)).ToArray();
        if (waits.Length == 0)
        {
            return;
        }

        await notifications.PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.Waiting }).ConfigureAwait(false);

        var pending = waits.Select(w => WaitAsync(resource, w, cancellationToken)).ToList();
        while (pending.Count > 0)
        {
            // The first that fails ends the wait: the others may never come.
            var done = await Task.WhenAny(pending).ConfigureAwait(false);
            pending.Remove(done);
            await done.ConfigureAwait(false);
        }
    }

    public async Task<ResourceEvent> WaitUntilHealthyAsync(string resourceName, WaitBehavior behavior, CancellationToken cancellationToken)
    {
        var found = await notifications.WaitForResourceAsync(
            resourceName,
            e =>
                e.Snapshot.HealthStatus == HealthStatus.Healthy
                || (behavior == WaitBehavior.StopOnResourceUnavailable && HasFailed(e.Snapshot)),
            cancellationToken).ConfigureAwait(false);

        if (found.Snapshot.HealthStatus != HealthStatus.Healthy)
        {
            throw new DistributedApplicationException(
                $"Stopped waiting for resource '{resourceName}' to become healthy because it failed to start or ended "
                + $"(state '{found.Snapshot.State?.Text}').");
        }

        var ready = await notifications.WaitForResourceAsync(
            found.ResourceId,
            e => e.Snapshot.ResourceReady is not null,
            cancellationToken).ConfigureAwait(false);
        await ready.Snapshot.ResourceReady!.WaitAsync(cancellationToken).ConfigureAwait(false);
        return ready;
    }

    private static bool HasFailed(CustomResourceSnapshot snapshot) => KnownResourceStates.IsTerminal(snapshot.State?.Text);

    private async Task WaitAsync(IResource resource, WaitAnnotation wait, CancellationToken cancellationToken)
    {
        var logger = loggers.GetLogger(resource);
        var behavior = wait.WaitBehavior ?? notifications.DefaultWaitBehavior;

        await Task.WhenAll(wait.Resource.GetResolvedResourceNames().Select(instance => wait.WaitType switch
        {
            WaitType.WaitForCompletion => WaitForCompletionAsync(wait, instance, logger, cancellationToken),
            WaitType.WaitUntilStarted => WaitUntilStartedAsync(instance, behavior, logger, cancellationToken),
            _ => WaitUntilReadyAsync(wait.Resource, instance, behavior, logger, cancellationToken),
        })).ConfigureAwait(false);

        logger.LogInformation("Finished waiting for resource '{ResourceName}'.", wait.Resource.Name);
    }

    private async Task WaitUntilReadyAsync(
        IResource dependency,
        string instance,
        WaitBehavior behavior,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        await WaitUntilStartedAsync(instance, behavior, logger, cancellationToken).ConfigureAwait(false);

        if (dependency.Annotations.OfType<HealthCheckAnnotation>().Any())
        {
            logger.LogInformation("Waiting for resource '{ResourceName}' to become healthy.", instance);
        }

        await WaitUntilHealthyAsync(instance, behavior, cancellationToken).ConfigureAwait(false);
    }

    private async Task WaitUntilStartedAsync(string instance, WaitBehavior behavior, ILogger logger, CancellationToken cancellationToken)
    {
        logger.LogInformation("Waiting for resource '{ResourceName}' to enter the '{State}' state.", instance, KnownResourceStates.Running);

        var found = await notifications.WaitForResourceAsync(
            instance,
            e => IsStarted(e.Snapshot) || (behavior == WaitBehavior.StopOnResourceUnavailable && HasFailed(e.Snapshot)),
            cancellationToken).ConfigureAwait(false);

        if (!IsStarted(found.Snapshot))
        {
            logger.LogError("Dependency resource '{ResourceName}' failed to start.", instance);
            throw new DistributedApplicationException(
                $"Dependency resource '{instance}' failed to start (state '{found.Snapshot.State?.Text}').");
        }
    }

    private async Task WaitForCompletionAsync(WaitAnnotation wait, string instance, ILogger logger, CancellationToken cancellationToken)
    {
        logger.LogInformation("Waiting for resource '{ResourceName}' to complete.", instance);

        var found = await notifications.WaitForResourceAsync(
            instance,
            e => KnownResourceStates.IsTerminal(e.Snapshot.State?.Text),
            cancellationToken).ConfigureAwait(false);
        if (found.Snapshot.State?.Text == KnownResourceStates.FailedToStart)
        {
            throw new DistributedApplicationException($"Dependency resource '{instance}' failed to start.");
        }

        if (found.Snapshot.ExitCode is { } exitCode && exitCode != wait.ExitCode)
        {
            logger.LogError(
                "Resource '{ResourceName}' has entered the '{State}' state with exit code '{ExitCode}', expected '{ExpectedExitCode}'.",
                instance,
                found.Snapshot.State?.Text,
                exitCode,
                wait.ExitCode);
            throw new DistributedApplicationException(
                $"Dependency resource '{instance}' ended with exit code {exitCode}, expected {wait.ExitCode}.");
        }
    }

    private static bool IsStarted(CustomResourceSnapshot snapshot) => snapshot.State?.Text == KnownResourceStates.Running;
}
