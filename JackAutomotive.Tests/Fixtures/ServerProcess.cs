using System.Collections.Concurrent;
using System.Diagnostics;
using JackAutomotive.Tests.Architecture;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>A server for one test. The test can kill, pause and restart the server without an effect on other tests.</summary>
internal abstract class ServerProcess : IAsyncDisposable
{
    private Process? _process;

    /// <summary>The port of the server, which a restart does not change.</summary>
    public int Port { get; } = Ports.Free();

    /// <summary>The command of the server: a script of this repository, its arguments and its environment variables.</summary>
    protected abstract (string Script, string[] Arguments, Dictionary<string, string> Environment) Command { get; }

    /// <summary>Starts the server and returns once the server accepts connections.</summary>
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

    /// <summary>Kills the server as <c>kill -9</c> does.</summary>
    public Task KillAsync() => EndAsync("KILL");

    /// <summary>Sends SIGTERM and returns once the server has stopped.</summary>
    public Task StopAsync() => EndAsync("TERM");

    /// <summary>Makes the server hang: its connections stay open, but the server answers nothing.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>Undoes <see cref="PauseAsync"/>.</summary>
    public Task ResumeAsync() => SignalAsync("CONT");

    public virtual async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            // A paused process does not handle SIGTERM.
            await ResumeAsync();
            await StopAsync();
        }

        _process?.Dispose();
    }

    /// <summary>Whether the server accepts connections.</summary>
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
