using System.Collections.Concurrent;
using System.Diagnostics;
using JackAutomotive.Tests.Architecture;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.AppHost;

/// <summary>A server started by one of the AppHost's launcher scripts.</summary>
internal sealed class LocalServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private LocalServer(string script, int port, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment)
    {
        Port = port;
        var start = new ProcessStartInfo("bash", [Path.Combine(Checkout.Root, script), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Port { get; }

    public int ProcessId => _process.Id;

    public string Output => string.Join('\n', _lines);

    public static LocalServer StartPostgres(string folder, string password)
    {
        var port = Ports.Free();
        return new(LocalServers.PostgresScript, port, ["run", $"{port}", "folder", folder], [new("POSTGRES_PASSWORD", password)]);
    }

    /// <param name="folder">The folder that keeps the data.</param>
    /// <param name="password">The password that clients need.</param>
    /// <param name="path">A PATH that replaces the PATH of the test, or null.</param>
    public static LocalServer StartRedis(string folder, string password, string? path = null)
    {
        var port = Ports.Free();
        return new(
            LocalServers.RedisScript,
            port,
            [$"{port}", LocalServers.EmbeddedRedis, "folder", folder, "60", "1"],
            [new("REDIS_PASSWORD", password), .. path is null ? [] : new KeyValuePair<string, string>[] { new("PATH", path) }]);
    }

    public Task WaitForOutputAsync(string text) =>
        Wait.UntilAsync(() => Output.Contains(text, StringComparison.OrdinalIgnoreCase), $"'{text}' in the output of the server");

    public Task WaitForListenerAsync() => Wait.UntilAsync(IsListening, $"a listener on port {Port}");

    public bool IsListening() => Ports.IsListening(Port);

    /// <summary>Kills the launcher with SIGKILL, so that the launcher cannot stop its server.</summary>
    public void Kill() => _process.Kill(entireProcessTree: false);

    /// <summary>Asks the server to stop and returns its exit code.</summary>
    public async Task<int> StopAsync()
    {
        using (var kill = Process.Start("kill", $"-TERM {_process.Id}"))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await StopAsync();
        }

        _process.Dispose();
    }
}
