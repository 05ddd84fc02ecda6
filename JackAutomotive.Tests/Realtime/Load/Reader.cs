extern alias realtime;

using System.Buffers.Text;
using System.Net.Sockets;
using System.Text;
using JackAutomotive.Tests.Fixtures;
using realtime::JackAutomotive.Contract;

namespace JackAutomotive.Tests.Realtime.Load;

/// <summary>
/// A client that watches one lead for as long as it lives: whatever becomes of its connection, it comes back with the id of the last
/// event it saw. It writes down everything that is wrong with what it is shown: an event missing, doubled, out of order or another's.
/// </summary>
internal sealed class Reader : IAsyncDisposable
{
    private readonly ReaderOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly List<string> _faults = [];
    private readonly List<TimeSpan> _retries = [];
    private readonly List<int> _refusals = [];
    private readonly byte[] _whose;
    private readonly Task _running;
    private volatile TaskCompletionSource _mayRead = Completed();
    private RawStream? _stream;
    private long _last;
    private int _opened;
    private int _ended;
    private int _heartbeats;

    /// <param name="lead">Whom to watch.</param>
    /// <param name="options">How.</param>
    public Reader(LeadId lead, ReaderOptions options)
    {
        Lead = lead;
        _options = options;
        _last = options.After ?? -1;
        _whose = Encoding.ASCII.GetBytes($"\"leadId\":\"{lead}\"");
        _running = Task.Run(RunAsync);
    }

    public LeadId Lead { get; }

    /// <summary>The seq of the newest event seen, or the one that the first <c>ready</c> named; -1 before that.</summary>
    public long Last => Interlocked.Read(ref _last);

    /// <summary>Streams that began.</summary>
    public int Opened => Volatile.Read(ref _opened);

    /// <summary>Streams that the server ended properly; others broke off.</summary>
    public int Ended => Volatile.Read(ref _ended);

    public int Heartbeats => Volatile.Read(ref _heartbeats);

    /// <summary>What was wrong.</summary>
    public IReadOnlyList<string> Faults => Copy(_faults);

    /// <summary>Every <c>retry:</c> it was told.</summary>
    public IReadOnlyList<TimeSpan> Retries => Copy(_retries);

    /// <summary>The status of every answer that was no stream.</summary>
    public IReadOnlyList<int> Refusals => Copy(_refusals);

    /// <summary>Breaks its connection off; it comes back.</summary>
    public void Cut() => Volatile.Read(ref _stream)?.Reset();

    /// <summary>Reads nothing more for now, but stays connected.</summary>
    public void Stall() => _mayRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Undoes <see cref="Stall"/>.</summary>
    public void ReadOn() => _mayRead.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        ReadOn();
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
                // It broke off, or nobody was there, or the test is over.
            }
            catch (Exception e)
            {
                Fault(e.ToString());
                return;
            }

            pause = _options.Pause(Retries is [.., var told] ? told : TimeSpan.FromSeconds(1));
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
            Note(_refusals, stream.Status);
            return;
        }

        Volatile.Write(ref _stream, stream);
        var buffer = new byte[4096];
        var received = new List<byte>();
        while (await stream.ReadAsync(buffer, _stop.Token) is > 0 and var length)
        {
            received.AddRange(buffer.AsSpan(0, length));
            TakeFrames(received);
            await _mayRead.Task;
        }

        Interlocked.Increment(ref _ended);
    }

    private void TakeFrames(List<byte> received)
    {
        var bytes = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(received);
        var taken = 0;
        while (bytes[taken..].IndexOf("\n\n"u8) is >= 0 and var length)
        {
            Take(bytes.Slice(taken, length));
            taken += length + 2;
        }

        received.RemoveRange(0, taken);
    }

    private void Take(ReadOnlySpan<byte> frame)
    {
        if (frame.StartsWith(": "u8))
        {
            Interlocked.Increment(ref _heartbeats);
        }
        else if (frame.StartsWith("retry: "u8))
        {
            Note(_retries, TimeSpan.FromMilliseconds(Number(frame["retry: ".Length..])));
        }
        else if (frame.StartsWith("id: "u8))
        {
            TakeEvent(Number(frame["id: ".Length..]), frame[(frame.IndexOf((byte)'\n') + 1)..]);
        }
        else if (!frame.StartsWith("event: "u8))
        {
            Fault($"no frame: {Encoding.UTF8.GetString(frame)}");
        }
    }

    private void TakeEvent(long seq, ReadOnlySpan<byte> rest)
    {
        if (rest.IndexOf(_whose) < 0)
        {
            Fault($"another lead's: {seq} {Encoding.UTF8.GetString(rest)}");
        }

        if (rest.StartsWith("event: ready\n"u8))
        {
            if (Last >= 0 && Last != seq)
            {
                Fault($"resumed after {seq}, not after {Last}");
            }

            Interlocked.Exchange(ref _last, seq);
            Interlocked.Increment(ref _opened);
        }
        else if (rest.StartsWith("event: reset\n"u8))
        {
            Fault($"reset to {seq}");
        }
        else
        {
            if (seq != Last + 1)
            {
                Fault($"{seq} after {Last}");
            }

            if (rest.IndexOf(Encoding.ASCII.GetBytes($"\"seq\":{seq},")) < 0)
            {
                Fault($"the data of {seq} name another: {Encoding.UTF8.GetString(rest)}");
            }

            Interlocked.Exchange(ref _last, seq);
        }
    }

    private static long Number(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out long number, out _) ? number : throw new FormatException(Encoding.UTF8.GetString(text));

    private void Fault(string what) => Note(_faults, what);

    private void Note<T>(List<T> list, T what)
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

/// <summary>How a <see cref="Reader"/> behaves.</summary>
/// <param name="Server">Which instance the next connection goes to; null for none at the moment.</param>
internal sealed record ReaderOptions(Func<Uri?> Server)
{
    /// <summary>The last event it knows when it starts; null if it knows none.</summary>
    public long? After { get; init; }

    /// <summary>How long it stays away, told the last <c>retry:</c>. Browsers obey; most tests have no time for that.</summary>
    public Func<TimeSpan, TimeSpan> Pause { get; init; } = _ => TimeSpan.FromMilliseconds(20);

    /// <summary>Bytes that the kernel takes in for it; 0 leaves it to the kernel.</summary>
    public int ReceiveBuffer { get; init; }
}
