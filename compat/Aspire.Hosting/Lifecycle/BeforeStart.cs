using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Aspire.Hosting.Eventing;

namespace Aspire.Hosting.Lifecycle;

/// <summary>What happens before anything starts: handlers change the model one last time, and what cannot work is refused.</summary>
internal sealed class BeforeStart(
    IServiceProvider services,
    IDistributedApplicationEventing eventing,
    DistributedApplicationModel model,
    DcpOptions options,
    ServiceAllocator allocator)
{
    /// <exception cref="DistributedApplicationException">The application cannot be started as it is.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        options.RequireCli();
        await eventing.PublishAsync(new BeforeStartEvent(services, model), cancellationToken).ConfigureAwait(false);
        allocator.Check();
    }
}
