using System.Threading.Channels;

namespace JackAutomotive.WebhookApi.Outbound;

/// <summary>
/// Wakes this instance's worker when a job may be due. Signals that arrive while the worker is busy merge into one signal.
/// </summary>
internal sealed class OutboundSignal
{
    private readonly Channel<bool> _signals =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Notify() => _signals.Writer.TryWrite(true);

    /// <summary>Waits for the next signal and consumes it.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await _signals.Reader.ReadAsync(cancellationToken);
}
