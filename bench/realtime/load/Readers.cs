using System.Net;
using System.Text;

namespace JackAutomotive.RealtimeLoad;

/// <summary>All clients of a run, distributed over the channels and the servers.</summary>
internal sealed class Readers
{
    private const int MaxTries = 256;

    private readonly Reader[] _readers;
    private readonly Uri[] _servers;
    private readonly IPEndPoint[] _addresses;
    private readonly string _headers;
    private readonly byte[] _request = new byte[2048];
    private int _next;
    private int _serverShift;

    public Readers(Loop loop, Channels channels, Tally tally, Settings settings)
    {
        (Loop, Channels, Tally, Resumes) = (loop, channels, tally, settings.Scenario.Resumes);
        _servers = settings.Streams;
        _addresses = [.. _servers.Select(server => IPEndPoint.Parse(server.Authority))];
        _headers = string.Concat(settings.Headers.Select(header => header + "\r\n"));
        _readers = new Reader[settings.Scenario.Readers];
        for (var i = 0; i < _readers.Length; i++)
        {
            var isStalling = i < settings.Scenario.Stalling;
            _readers[i] = new Reader(this, i % channels.Count, isStalling);
            channels.Readers[i % channels.Count] += isStalling ? 0 : 1;
        }
    }

    public Loop Loop { get; }

    public Channels Channels { get; }

    public Tally Tally { get; }

    /// <summary>Whether readers store event ids and resume from the last one.</summary>
    public bool Resumes { get; }

    public int Count => _readers.Length;

    public int Open { get; private set; }

    public int Opening { get; private set; }

    /// <summary>The number of streams that the server ended.</summary>
    public int Ended { get; private set; }

    /// <summary>The number of attempts that opened no stream.</summary>
    public int Failed { get; private set; }

    /// <summary>The status line of the first refusal.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The times that readers waited for the head of their stream.</summary>
    public Histogram OpenWaits { get; } = new();

    public IEnumerable<Reader> Stalling => _readers.Where(reader => reader.IsStalling);

    /// <summary>Lets every reader connect to the next server from now on.</summary>
    public void ChangeServers() => _serverShift++;

    /// <summary>Connects closed readers, with at most <paramref name="atOnce"/> connections being opened.</summary>
    public void OpenSome(int atOnce)
    {
        var now = Loop.Now;
        for (var tries = 0; tries < MaxTries && Opening < atOnce && Open + Opening < _readers.Length; tries++)
        {
            if (NextClosed(now) is not { } index)
            {
                return;
            }

            var reader = _readers[index];
            reader.WaitingSince = reader.WaitingSince == 0 ? now : reader.WaitingSince;
            Opening++;
            reader.Open(_addresses[((index / Channels.Count) + index + _serverShift) % _addresses.Length]);
        }
    }

    /// <summary>Resets every connection at once.</summary>
    public void Cut(long retryAt)
    {
        foreach (var reader in _readers)
        {
            reader.Close(retryAt);
        }

        Open = Opening = 0;
    }

    /// <summary>Lets the disconnected readers reconnect from now on.</summary>
    public void AllowReconnect(long now)
    {
        foreach (var reader in _readers)
        {
            reader.RetryAt = reader.WaitingSince = now;
        }

        OpenWaits.Clear();
    }

    public void OnOpened(Reader reader)
    {
        Opening--;
        Open++;
        OpenWaits.Add(Loop.Now - reader.WaitingSince);
        reader.WaitingSince = 0;
    }

    public void OnLost(Reader reader)
    {
        if (reader.State == ReaderState.Streaming)
        {
            Open--;
            Ended++;
            reader.WasCut = true;
        }
        else
        {
            Opening--;
            Failed++;
        }

        reader.Close(Loop.Now + Loop.Milliseconds(50));
    }

    public void OnRefused(Reader reader, string answer)
    {
        Refusal ??= answer;
        Opening--;
        Failed++;
        reader.Close(Loop.Now + Loop.Milliseconds(500));
    }

    public ReadOnlySpan<byte> Request(int channel, string? lastId)
    {
        var server = _servers[0];
        var path = Uri.UnescapeDataString(server.PathAndQuery).Replace("{lead}", Channels.Names[channel], StringComparison.Ordinal);
        var resume = Resumes && lastId is not null ? $"Last-Event-ID: {lastId}\r\n" : "";
        var length = Encoding.ASCII.GetBytes(
            $"GET {path} HTTP/1.1\r\nHost: {server.Authority}\r\nAccept: text/event-stream\r\nCache-Control: no-cache\r\n{_headers}{resume}\r\n",
            _request);
        return _request.AsSpan(0, length);
    }

    private int? NextClosed(long now)
    {
        for (var tries = 0; tries < _readers.Length; tries++)
        {
            _next = (_next + 1) % _readers.Length;
            if (_readers[_next] is { State: ReaderState.Closed } reader && reader.RetryAt <= now)
            {
                return _next;
            }
        }

        return null;
    }
}
