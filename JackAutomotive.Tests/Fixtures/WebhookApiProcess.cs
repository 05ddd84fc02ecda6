using System.Diagnostics;
using JackAutomotive.Tests.Drivers;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>
/// The WebhookApi service as a process of its own, on a free port, as it runs in production: to be killed without any warning, and
/// started again.
/// </summary>
internal sealed class WebhookApiProcess(string database, string redis, DirectoryInfo data, params (string Name, string Value)[] settings)
    : IAsyncDisposable
{
    /// <summary>Under which address the providers know it, whichever port it has.</summary>
    public static readonly Uri PublicAddress = new("https://hooks.example.com");

    private const string Listening = "Now listening on: ";

    private static readonly TimeSpan s_startLimit = TimeSpan.FromMinutes(1);

    private Process? _process;

    /// <summary>Reaches the process that was started last.</summary>
    public HttpClient Client { get; private set; } = new();

    /// <summary>Starts a process on the same database and folder as the one before, and returns once it takes requests.</summary>
    public async Task StartAsync()
    {
        var start = new ProcessStartInfo("dotnet", Path.Combine(AppContext.BaseDirectory, "JackAutomotive.WebhookApi.dll"))
        {
            WorkingDirectory = data.FullName,
            RedirectStandardOutput = true,
        };
        (string Name, string Value)[] all =
        [
            ("ASPNETCORE_ENVIRONMENT", "Production"),
            ("ASPNETCORE_URLS", "http://127.0.0.1:0"),
            ("Logging__LogLevel__Default", "Warning"),
            ("Logging__LogLevel__Microsoft.Hosting.Lifetime", "Information"),
            ("ConnectionStrings__crm", database),
            ("ConnectionStrings__redis", redis),
            ("JACK_DATA_FOLDER", data.FullName),
            ("PUBLIC_BASE_URL", PublicAddress.AbsoluteUri),
            ("TWILIO_AUTH_TOKEN", IncomingSmsDriver.Token),
            ("ELEVENLABS_POST_CALL_WEBHOOK_SECRET", PostCallDriver.Secret),
            ("ELEVENLABS_CONVERSATION_EVENTS_WEBHOOK_SECRET", ConversationEventsDriver.Secret),
            ("ELEVENLABS_CONVERSATION_INITIATION_WEBHOOK_SECRET", InitiationDriver.Secret),
            ("Messaging__PollInterval", "00:00:00.2"),
            ("Messaging__Lease", "00:00:02"),
            .. settings,
        ];
        foreach (var (name, value) in all)
        {
            start.Environment[name] = value;
        }

        var address = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.IndexOf(Listening, StringComparison.Ordinal) is >= 0 and var at)
            {
                address.TrySetResult(new Uri(line.Data[(at + Listening.Length)..].Trim()));
            }
        };
        process.Exited += (_, _) => address.TrySetException(new InvalidOperationException("The service ended before it took requests."));
        process.Start();
        process.BeginOutputReadLine();
        _process = process;
        Client = new HttpClient { BaseAddress = await address.Task.WaitAsync(s_startLimit), Timeout = TimeSpan.FromSeconds(30) };
    }

    /// <summary>Ends the process as <c>kill -9</c> does, in the middle of whatever it does.</summary>
    public async Task KillAsync()
    {
        var process = _process ?? throw new InvalidOperationException("It was not started.");
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        Client.Dispose();
    }
}
