using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.AppHost;

/// <summary>A server started by one of the scripts that the AppHost starts servers with.</summary>
internal sealed class LocalServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private LocalServer(string script, int port, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment)
    {
        Port = port;
        var start = new ProcessStartInfo("bash", [script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
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

    /// <summary>The folder of the scripts; null where servers are started in another way.</summary>
    public static string? Script(string name) =>
        Path.Combine(AppContext.BaseDirectory, name) is var path && File.Exists(path) ? path : null;

    public static LocalServer StartPostgres(string script, string folder, string password)
    {
        var port = FreePort();
        return new(script, port, ["run", $"{port}", "folder", folder], [new("POSTGRES_PASSWORD", password)]);
    }

    /// <param name="script">The script.</param>
    /// <param name="embedded">The assembly of the embedded server.</param>
    /// <param name="folder">Where the data are kept.</param>
    /// <param name="password">What clients have to know.</param>
    /// <param name="path">PATH, if it is to be another one than the test's own.</param>
    public static LocalServer StartRedis(string script, string embedded, string folder, string password, string? path = null)
    {
        var port = FreePort();
        return new(
            script,
            port,
            [$"{port}", embedded, "folder", folder, "60", "1"],
            [new("REDIS_PASSWORD", password), .. path is null ? [] : new KeyValuePair<string, string>[] { new("PATH", path) }]);
    }

    public Task WaitForOutputAsync(string text) =>
        Wait.UntilAsync(() => Output.Contains(text, StringComparison.OrdinalIgnoreCase), $"'{text}' in the output of the server");

    public Task WaitForListenerAsync() => Wait.UntilAsync(IsListening, $"a listener on port {Port}");

    public bool IsListening()
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Ends the launcher without giving it a chance to do anything about it.</summary>
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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
