using System.Collections.Concurrent;
using System.Diagnostics;
using JackAutomotive.Tests.Architecture;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>A server of a test's own, so that it can be killed, paused and started again without harm to any other test.</summary>
internal abstract class ServerProcess : IAsyncDisposable
{
    private Process? _process;

    /// <summary>Where it listens, also after it was started again.</summary>
    public int Port { get; } = Ports.Free();

    /// <summary>What to run: a script of this repository, its arguments and what it needs in its environment.</summary>
    protected abstract (string Script, string[] Arguments, Dictionary<string, string> Environment) Command { get; }

    /// <summary>Starts it and returns once it takes connections.</summary>
    public async Task StartAsync()
    {
        var (script, arguments, environment) = Command;
        var start = new ProcessStartInfo("bash", [Path.Combine(Checkout.Root, script), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var output = new ConcurrentQueue<string>();
        var process = _process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => output.Enqueue(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => output.Enqueue(line.Data ?? "");
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await Wait.UntilAsync(
            async () =>
            {
                Assert.False(process.HasExited, $"{script} ended:\n{string.Join('\n', output)}");
                return await IsReadyAsync();
            },
            $"{script} to take connections");
    }

    /// <summary>Ends it as <c>kill -9</c> does.</summary>
    public Task KillAsync() => EndAsync("KILL");

    /// <summary>Asks it to stop, and returns when it has.</summary>
    public Task StopAsync() => EndAsync("TERM");

    /// <summary>Has it hang: its connections stay open and nothing is answered.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>Undoes <see cref="PauseAsync"/>.</summary>
    public Task ResumeAsync() => SignalAsync("CONT");

    public virtual async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            // One that hangs would not hear of it.
            await ResumeAsync();
            await StopAsync();
        }

        _process?.Dispose();
    }

    /// <summary>Whether it answers.</summary>
    protected virtual Task<bool> IsReadyAsync() => Task.FromResult(Ports.IsListening(Port));

    private async Task EndAsync(string signal)
    {
        await SignalAsync(signal);
        await _process!.WaitForExitAsync(CancellationToken.None);
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process!.Id}"]);
        await kill.WaitForExitAsync(CancellationToken.None);
    }
}
