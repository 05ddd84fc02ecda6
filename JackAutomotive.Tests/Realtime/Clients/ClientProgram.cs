using System.Collections.Concurrent;
using System.Diagnostics;
using JackAutomotive.Tests.Architecture;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Clients;

/// <summary>A third-party program that runs for the duration of a test, and the lines that it writes.</summary>
internal sealed class ClientProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<string> _errors = new();

    private ClientProgram(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => AddLine(_lines, line.Data);
        _process.ErrorDataReceived += (_, line) => AddLine(_errors, line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The lines on standard output so far.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>The lines on standard error so far, as one text.</summary>
    public string Errors => string.Join('\n', _errors);

    public bool HasExited => _process.HasExited;

    /// <summary>Returns the path of a program. <c>eng/clients.sh</c> finds or fetches the program.</summary>
    public static async Task<string> FindAsync(string name)
    {
        using var script = Process.Start(new ProcessStartInfo(Path.Combine(Checkout.Root, "eng", "clients.sh"), [name])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = script.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var found = await script.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await script.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(script.ExitCode == 0, await errors);
        return found.Trim();
    }

    public static ClientProgram Start(string program, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments);
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ClientProgram(start);
    }

    /// <summary>Waits for a condition. Fails with the text on standard error if the program ends first.</summary>
    public async Task UntilAsync(Func<bool> condition, string what)
    {
        await Wait.UntilAsync(() => condition() || HasExited, what);
        Assert.True(condition(), $"the program ended before: {what}\n{Errors}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static void AddLine(ConcurrentQueue<string> lines, string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
        }
    }
}
