using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dashboard;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Lifecycle;

/// <summary>
/// Stops processes before those that they use: a service can finish its work and send its last telemetry while the servers
/// and the dashboard are still there. The orchestrator by itself stops all at the same moment.
/// </summary>
internal sealed class OrderlyStop(DistributedApplicationModel model, ResourceProcesses processes, ILogger<OrderlyStop> logger)
{
    // For all of it: what takes longer is left to the orchestrator, which ends the rest by force.
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(15);

    public async Task RunAsync()
    {
        using var timeout = new CancellationTokenSource(s_timeout);
        var remaining = model.Resources.Where(r => r.IsProcess() && r.Name != DashboardResource.Name).ToHashSet();
        while (remaining.Count > 0)
        {
            var used = remaining.SelectMany(UsedBy).ToHashSet();
            var next = remaining.Where(r => !used.Contains(r)).ToArray();

            // Those that use one another in a circle have no order.
            next = next.Length > 0 ? next : [.. remaining];
            await Task.WhenAll(next.Select(r => StopAsync(r, timeout.Token))).ConfigureAwait(false);
            remaining.ExceptWith(next);
        }
    }

    private async Task StopAsync(IResource resource, CancellationToken cancellationToken)
    {
        try
        {
            await processes.StopAllAsync(resource, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Whatever kept it from stopping: the orchestrator's own end follows, and ends it.
            logger.LogDebug(exception, "'{Resource}' did not stop in time.", resource.Name);
        }
    }

    // A database stands for the server that it lives in.
    private static IEnumerable<IResource> UsedBy(IResource resource)
    {
        var direct = resource.Annotations.OfType<WaitAnnotation>().Select(w => w.Resource)
            .Concat(resource.Annotations.OfType<ResourceRelationshipAnnotation>().Select(r => r.Resource));
        foreach (var used in direct)
        {
            for (var found = used; found is not null; found = (found as IResourceWithParent)?.Parent)
            {
                if (found != resource)
                {
                    yield return found;
                }
            }
        }
    }
}
