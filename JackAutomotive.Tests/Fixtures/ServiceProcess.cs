using System.Collections.Concurrent;
using System.Diagnostics;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>
/// One of the product's services as a separate process on a free port, as in production. A test can kill the service without warning,
/// stop the service as an orchestrator does, and start the service again.
/// </summary>
/// <param name="program">Name of the service's assembly.</param>
/// <param name="settings">Environment variables of the process.</param>
internal class ServiceProcess(string program, params (string Name, string Value)[] settings) : IAsyncDisposable
{
    private const string Listening = "Now listening on: ";

    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(1);

    private Process? _process;

    /// <summary>The addresses of the process that was started last.</summary>
    public IReadOnlyList<Uri> Addresses { get; private set; } = [];

    /// <summary>A client of the process that was started last.</summary>
    public HttpClient Client { get; private set; } = new();

    /// <summary>Whether the process has ended, by itself or through this class.</summary>
    public bool HasExited => _process is not { HasExited: false };

    /// <summary>The exit code of the process, which has ended.</summary>
    public int ExitCode => _process!.ExitCode;

    /// <summary>The working directory of the process.</summary>
    protected virtual string Folder => AppContext.BaseDirectory;

    /// <summary>Starts a process with the same settings as the previous one, and returns once the process accepts requests.</summary>
    public async Task StartAsync()
    {
        var start = new ProcessStartInfo("dotnet", Path.Combine(AppContext.BaseDirectory, $"{program}.dll"))
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
        };
        (string Name, string Value)[] all =
        [
            ("ASPNETCORE_ENVIRONMENT", "Production"),
            ("ASPNETCORE_URLS", "http://127.0.0.1:0"),
            ("Logging__LogLevel__Default", "Warning"),
            ("Logging__LogLevel__Microsoft.Hosting.Lifetime", "Information"),
            .. settings,
        ];
        foreach (var (name, value) in all)
        {
            start.Environment[name] = value;
        }

        var addresses = new ConcurrentQueue<Uri>();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.IndexOf(Listening, StringComparison.Ordinal) is >= 0 and var at)
            {
                addresses.Enqueue(new Uri(line.Data[(at + Listening.Length)..].Trim()));
            }
            else if (line.Data?.Contains("Application started.", StringComparison.Ordinal) is true)
            {
                started.TrySetResult();
            }
        };
        process.Exited += (_, _) => started.TrySetException(new InvalidOperationException("The service ended before it took requests."));
        process.Start();
        process.BeginOutputReadLine();
        _process = process;
        await started.Task.WaitAsync(s_startLimit);
        Addresses = [.. addresses];
        Client = new HttpClient { BaseAddress = Addresses[0], Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary>Kills the process as <c>kill -9</c> does, without a chance to finish its work.</summary>
    public async Task KillAsync()
    {
        var process = _process ?? throw new InvalidOperationException("The process was not started.");
        process.Kill();
        await WaitForExitAsync(process);
    }

    /// <summary>Asks the process to stop, as an orchestrator does, and returns once the process has ended.</summary>
    public async Task StopAsync()
    {
        var process = _process ?? throw new InvalidOperationException("The process was not started.");
        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        await WaitForExitAsync(process);
    }

    public async ValueTask DisposeAsync()
    {
        if (!HasExited)
        {
            await KillAsync();
        }

        Client.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task WaitForExitAsync(Process process)
    {
        await process.WaitForExitAsync();
        process.Dispose();
        _process = null;
    }
}
