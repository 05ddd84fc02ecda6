using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;

namespace Aspire.Hosting.Lifecycle;

/// <summary>Lets handlers change the model one last time before anything starts.</summary>
internal sealed class BeforeStart(IServiceProvider services, IDistributedApplicationEventing eventing, DistributedApplicationModel model)
{
    public Task RunAsync(CancellationToken cancellationToken) =>
        eventing.PublishAsync(new BeforeStartEvent(services, model), cancellationToken);
}
