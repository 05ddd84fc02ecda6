extern alias realtime;

using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using realtime::JackAutomotive.Realtime.Connections;
using realtime::JackAutomotive.Realtime.Events;
using realtime::JackAutomotive.Realtime.Telemetry;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>A watcher without a network, whose client takes nothing until it is told to.</summary>
internal sealed class HeldStream : IStreamOutput, IWatched, IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<RealtimeMetrics>().BuildServiceProvider();
    private readonly Watchers _watchers;
    private readonly TaskCompletionSource<bool> _held = new();
    private readonly StringBuilder _taken = new();

    public HeldStream(RealtimeOptions options)
    {
        _watchers = new Watchers(Options.Create(options), _services.GetRequiredService<RealtimeMetrics>(), TimeProvider.System);
        Watcher = new Watcher(this, this, _watchers);
    }

    public Watcher Watcher { get; }

    /// <summary>The stream was ended properly.</summary>
    public bool IsComplete { get; private set; }

    public string Taken => _taken.ToString();

    bool IStreamOutput.HasInput => false;

    public void TakeAll() => _held.SetResult(true);

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

    void IStreamOutput.Abort() => Assert.Fail("It was cut.");

    void IStreamOutput.WhenGone(Action<object?> action, object state)
    {
    }

    void IWatched.Leave(Watcher watcher)
    {
    }
}
