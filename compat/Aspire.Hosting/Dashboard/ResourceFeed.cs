using System.Threading.Channels;
using Aspire.Hosting.ApplicationModel;
using ResourceMessage = Aspire.Hosting.Dashboard.V1.Resource;

namespace Aspire.Hosting.Dashboard;

/// <summary>Keeps how every resource is and hands it, with every change from then on, to any number of watchers.</summary>
internal sealed class ResourceFeed(ResourceNotificationService notifications)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ResourceMessage> _resources = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<Channel<ResourceMessage>> _watchers = [];

    /// <summary>Follows the notifications until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var change in notifications.WatchAsync(cancellationToken).ConfigureAwait(false))
        {
            var message = ResourceMessages.From(change);
            lock (_lock)
            {
                _resources[change.ResourceId] = message;
                foreach (var watcher in _watchers)
                {
                    watcher.Writer.TryWrite(message);
                }
            }
        }
    }

    /// <summary>How all resources are now, and their changes from now on. Both share messages with other watchers: read only.</summary>
    public Watch Subscribe()
    {
        var changes = Channel.CreateUnbounded<ResourceMessage>(new UnboundedChannelOptions { SingleReader = true });
        lock (_lock)
        {
            _watchers.Add(changes);
            return new Watch(this, [.. _resources.Values], changes);
        }
    }

    internal sealed class Watch(ResourceFeed feed, IReadOnlyList<ResourceMessage> initial, Channel<ResourceMessage> changes) : IDisposable
    {
        public IReadOnlyList<ResourceMessage> Initial { get; } = initial;

        public ChannelReader<ResourceMessage> Changes { get; } = changes.Reader;

        public void Dispose()
        {
            lock (feed._lock)
            {
                feed._watchers.Remove(changes);
            }
        }
    }
}
