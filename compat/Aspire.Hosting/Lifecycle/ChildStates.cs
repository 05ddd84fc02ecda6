using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Lifecycle;

/// <summary>Gives resources that live in another one, such as a database in its server, the state of that one.</summary>
internal sealed class ChildStates(DistributedApplicationModel model, ResourceNotificationService notifications)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var children = model.Resources.OfType<IResourceWithParent>().Where(r => !r.IsProcess()).ToLookup(r => r.Parent);
        try
        {
            await foreach (var change in notifications.WatchAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (var child in children[change.Resource])
                {
                    var parent = change.Snapshot;
                    if (!notifications.TryGetCurrentState(child.Name, out var known) || known.Snapshot.State?.Text != parent.State?.Text)
                    {
                        await notifications.PublishUpdateAsync(child, s => s with
                        {
                            State = parent.State,
                            StartTimeStamp = parent.StartTimeStamp,
                            StopTimeStamp = parent.StopTimeStamp,
                        }).ConfigureAwait(false);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The application ends.
        }
    }
}
