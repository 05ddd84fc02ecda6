using System.Threading.Channels;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>
/// Wakes this instance's worker: there may be something to claim. Signals given while it works are not lost, and add up to one.
/// </summary>
internal sealed class InboxSignal
{
    private readonly Channel<bool> _signals =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Notify() => _signals.Writer.TryWrite(true);

    /// <summary>Waits for the next signal and takes it.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await _signals.Reader.ReadAsync(cancellationToken);
}
