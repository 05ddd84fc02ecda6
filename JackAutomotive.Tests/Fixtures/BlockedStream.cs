using System.Text;
using JackAutomotive.Realtime;
using JackAutomotive.Realtime.Streams;
using JackAutomotive.Realtime.Telemetry;
using JackAutomotive.Realtime.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>A watcher without a network. Its client receives nothing until the test calls <see cref="UnblockClient"/>.</summary>
internal sealed class BlockedStream : IStreamOutput, IWatchSource, IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<RealtimeMetrics>().BuildServiceProvider();
    private readonly Watchers _watchers;
    private readonly TaskCompletionSource<bool> _held = new();
    private readonly StringBuilder _taken = new();

    public BlockedStream(RealtimeOptions options)
    {
        _watchers = new Watchers(Options.Create(options), _services.GetRequiredService<RealtimeMetrics>(), TestLoops.Create(), TimeProvider.System);
        Watcher = new Watcher(this, this, _watchers);
    }

    public Watcher Watcher { get; }

    /// <summary>True once the server ended the stream normally.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The reason for which the server aborted the connection; null if the server did not.</summary>
    public AbortReason? Aborted { get; private set; }

    /// <summary>True if the client has sent data after its request.</summary>
    public bool HasInput { get; set; }

    public string Taken => _taken.ToString();

    public void UnblockClient() => _held.SetResult(true);

    public void Dispose()
    {
        _watchers.Dispose();
        _services.Dispose();
    }

    ValueTask<bool> IStreamOutput.SendAsync(Block block)
    {
        _taken.Append(Encoding.ASCII.GetString(block.Frames.Span));
        return new ValueTask<bool>(_held.Task);
    }

    void IStreamOutput.Complete() => IsComplete = true;

    void IStreamOutput.Abort(AbortReason reason) => Aborted = reason;

    void IStreamOutput.OnDisconnected(Action<object?> action, object state)
    {
    }

    void IWatchSource.Leave(Watcher watcher)
    {
    }
}
