using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;
using JackAutomotive.Contracts;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Load;

/// <summary>
/// A client that watches one lead until it is disposed. After every disconnect, the client resumes with the id of the last event that
/// it saw. It records every fault in what it receives: an event that is missing, repeated, out of order or of another lead.
/// </summary>
internal sealed class Reader : IAsyncDisposable
{
    private readonly ReaderOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly List<string> _faults = [];
    private readonly List<TimeSpan> _retries = [];
    private readonly List<int> _refusals = [];
    private readonly byte[] _leadIdJson;
    private readonly Task _running;
    private volatile TaskCompletionSource _mayRead = Completed();
    private RawStream? _stream;
    private long _last;
    private int _opened;
    private int _ended;
    private int _heartbeats;

    public Reader(LeadId lead, ReaderOptions options)
    {
        Lead = lead;
        _options = options;
        _last = options.After ?? -1;
        _leadIdJson = Encoding.ASCII.GetBytes($"\"leadId\":\"{lead}\"");
        _running = Task.Run(RunAsync);
    }

    public LeadId Lead { get; }

    /// <summary>The seq of the newest event seen, or the seq in the first <c>ready</c>; -1 before the first <c>ready</c>.</summary>
    public long Last => Interlocked.Read(ref _last);

    /// <summary>The number of streams that started.</summary>
    public int Opened => Volatile.Read(ref _opened);

    /// <summary>The number of streams that the server ended properly. The other streams broke off.</summary>
    public int Ended => Volatile.Read(ref _ended);

    public int Heartbeats => Volatile.Read(ref _heartbeats);

    /// <summary>The faults in what the client received.</summary>
    public IReadOnlyList<string> Faults => Copy(_faults);

    /// <summary>Every <c>retry:</c> that the client received, in order.</summary>
    public IReadOnlyList<TimeSpan> Retries => Copy(_retries);

    /// <summary>The status code of every response that was not a stream.</summary>
    public IReadOnlyList<int> Refusals => Copy(_refusals);

    /// <summary>Resets the connection. The client then reconnects.</summary>
    public void Cut() => Volatile.Read(ref _stream)?.Reset();

    /// <summary>Stops reading, but stays connected.</summary>
    public void Stall() => _mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Resumes reading after <see cref="Stall"/>.</summary>
    public void ResumeReading() => _mayRead.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        ResumeReading();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var pause = TimeSpan.Zero;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(pause, _stop.Token);
                await WatchAsync(_options.Server());
            }
            catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
            {
                // The connection broke off, no server listens, or the test is over.
            }
            catch (Exception e)
            {
                AddFault(e.ToString());
                return;
            }

            pause = _options.Pause(Retries is [.., var lastRetry] ? lastRetry : TimeSpan.FromSeconds(1));
        }
    }

    private async Task WatchAsync(Uri? server)
    {
        if (server is null)
        {
            return;
        }

        List<string> headers = [$"Authorization: Bearer {RealtimeFixture.Key}"];
        if (Last >= 0)
        {
            headers.Add($"Last-Event-ID: {Last}");
        }

        using var stream = await RawStream.GetAsync(
            server, $"/api/stream/conversation/{Lead}", headers, _options.ReceiveBuffer, _stop.Token);
        if (stream.Status != 200)
        {
            Add(_refusals, stream.Status);
            return;
        }

        Volatile.Write(ref _stream, stream);
        var buffer = new byte[4096];
        var received = new List<byte>();
        while (await stream.ReadAsync(buffer, _stop.Token) is > 0 and var length)
        {
            received.AddRange(buffer.AsSpan(0, length));
            HandleFrames(received);
            await _mayRead.Task;
        }

        Interlocked.Increment(ref _ended);
    }

    private void HandleFrames(List<byte> received)
    {
        var bytes = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(received);
        var taken = 0;
        while (bytes[taken..].IndexOf("\n\n"u8) is >= 0 and var length)
        {
            HandleFrame(bytes.Slice(taken, length));
            taken += length + 2;
        }

        received.RemoveRange(0, taken);
    }

    private void HandleFrame(ReadOnlySpan<byte> frame)
    {
        if (frame.StartsWith(": "u8))
        {
            Interlocked.Increment(ref _heartbeats);
        }
        else if (frame.StartsWith("retry: "u8))
        {
            Add(_retries, TimeSpan.FromMilliseconds(ParseNumber(frame["retry: ".Length..])));
        }
        else if (frame.StartsWith("id: "u8))
        {
            HandleEvent(ParseNumber(frame["id: ".Length..]), frame[(frame.IndexOf((byte)'\n') + 1)..]);
        }
        else if (!frame.StartsWith("event: "u8))
        {
            AddFault($"not a frame: {Encoding.UTF8.GetString(frame)}");
        }
    }

    private void HandleEvent(long seq, ReadOnlySpan<byte> rest)
    {
        if (rest.IndexOf(_leadIdJson) < 0)
        {
            AddFault($"an event of another lead: {seq} {Encoding.UTF8.GetString(rest)}");
        }

        if (rest.StartsWith("event: ready\n"u8))
        {
            if (Last >= 0 && Last != seq)
            {
                AddFault($"resumed after {seq}, not after {Last}");
            }

            Interlocked.Exchange(ref _last, seq);
            Interlocked.Increment(ref _opened);
        }
        else if (rest.StartsWith("event: reset\n"u8))
        {
            AddFault($"reset to {seq}");
        }
        else
        {
            if (seq != Last + 1)
            {
                AddFault($"{seq} after {Last}");
            }

            if (rest.IndexOf(Encoding.ASCII.GetBytes($"\"seq\":{seq},")) < 0)
            {
                AddFault($"the data of {seq} name another seq: {Encoding.UTF8.GetString(rest)}");
            }

            Interlocked.Exchange(ref _last, seq);
        }
    }

    private static long ParseNumber(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out long number, out _) ? number : throw new FormatException(Encoding.UTF8.GetString(text));

    private void AddFault(string what) => Add(_faults, what);

    private void Add<T>(List<T> list, T what)
    {
        lock (_gate)
        {
            list.Add(what);
        }
    }

    private List<T> Copy<T>(List<T> list)
    {
        lock (_gate)
        {
            return [.. list];
        }
    }

    private static TaskCompletionSource Completed()
    {
        var completed = new TaskCompletionSource();
        completed.SetResult();
        return completed;
    }
}

/// <summary>Options of a <see cref="Reader"/>.</summary>
/// <param name="Server">Returns the address for the next connection, or null while no instance is available.</param>
internal sealed record ReaderOptions(Func<Uri?> Server)
{
    /// <summary>The id of the last event that the client knows when it starts, or null.</summary>
    public long? After { get; init; }

    /// <summary>
    /// Returns the time until the reconnect, given the last <c>retry:</c>. Browsers obey <c>retry:</c>; most tests have no time to wait.
    /// </summary>
    public Func<TimeSpan, TimeSpan> Pause { get; init; } = _ => TimeSpan.FromMilliseconds(20);

    /// <summary>The size of the kernel's receive buffer in bytes; 0 keeps the kernel's default.</summary>
    public int ReceiveBuffer { get; init; }
}
