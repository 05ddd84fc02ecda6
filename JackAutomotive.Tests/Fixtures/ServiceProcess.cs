using System.Collections.Concurrent;
using System.Diagnostics;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>
/// One of the product's services as a process of its own, on a free port, as it runs in production: to be killed without any warning,
/// stopped as an orchestrator does, and started again.
/// </summary>
/// <param name="program">Its assembly's name.</param>
/// <param name="settings">Environment variables.</param>
internal class ServiceProcess(string program, params (string Name, string Value)[] settings) : IAsyncDisposable
{
    private const string Listening = "Now listening on: ";

    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(1);

    private Process? _process;

    /// <summary>Where the process that was started last listens.</summary>
    public IReadOnlyList<Uri> Addresses { get; private set; } = [];

    /// <summary>Reaches the process that was started last.</summary>
    public HttpClient Client { get; private set; } = new();

    /// <summary>It ended, by itself or because it was told to.</summary>
    public bool HasExited => _process is not { HasExited: false };

    /// <summary>Where it runs.</summary>
    protected virtual string Folder => AppContext.BaseDirectory;

    /// <summary>Starts a process with the same settings as the one before, and returns once it takes requests.</summary>
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

    /// <summary>Ends the process as <c>kill -9</c> does, in the middle of whatever it does.</summary>
    public async Task KillAsync()
    {
        var process = _process ?? throw new InvalidOperationException("It was not started.");
        process.Kill();
        await EndedAsync(process);
    }

    /// <summary>Asks it to stop, as an orchestrator does, and returns when it has.</summary>
    public async Task StopAsync()
    {
        var process = _process ?? throw new InvalidOperationException("It was not started.");
        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]))
        {
            await kill.WaitForExitAsync();
        }

        await EndedAsync(process);
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

    private async Task EndedAsync(Process process)
    {
        await process.WaitForExitAsync();
        process.Dispose();
        _process = null;
    }
}
