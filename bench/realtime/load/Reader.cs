using System.Net;
using System.Text;

namespace JackAutomotive.RealtimeLoad;

internal enum ReaderState : byte
{
    Closed,
    Connecting,
    Requesting,
    Streaming,
}

/// <summary>One client of a channel. It finds the marks in the stream and, in scenarios with resuming, the id of the last event.</summary>
internal sealed unsafe class Reader(Readers readers, int channel, bool isStalling) : ISocket
{
    // A small buffer lets the server notice soon that a client has stopped reading, instead of when the kernel's large buffers are full.
    private const int StallingBuffer = 4096;

    private readonly ReceivedSeqs _seen = new();
    private int _fd = -1;
    private byte[] _rest = [];
    private int _restLength;
    private bool _isChunked;
    private ChunkPart _chunkPart;
    private long _chunkLeft;
    private string? _nextId;

    private enum ChunkPart : byte
    {
        Size,
        Data,
        End,
    }

    public ReaderState State { get; private set; }

    public bool IsStalling => isStalling;

    /// <summary>The earliest time to reconnect.</summary>
    public long RetryAt { get; set; }

    /// <summary>The time since which the reader has waited for a stream, or 0.</summary>
    public long WaitingSince { get; set; }

    /// <summary>The id of the last completely received event.</summary>
    public string? LastId { get; private set; }

    /// <summary>Whether the server has ever ended the reader's stream.</summary>
    public bool WasCut { get; set; }

    public long MissingCount => readers.Channels.CountMissing(channel, _seen);

    public void Open(IPEndPoint server)
    {
        State = ReaderState.Connecting;
        _isChunked = false;
        _chunkPart = ChunkPart.Size;
        _chunkLeft = _restLength = 0;
        _nextId = null;
        _fd = Kernel.Connect(server, isStalling ? StallingBuffer : null);
        readers.Loop.Add(_fd, this, Kernel.Writable);
    }

    /// <summary>Stops or resumes reading.</summary>
    public void Stall(bool stall)
    {
        if (State == ReaderState.Streaming)
        {
            readers.Loop.Change(_fd, stall ? Kernel.PeerClosed : Kernel.Readable);
        }
    }

    public void Close(long retryAt)
    {
        if (_fd >= 0)
        {
            readers.Loop.Remove(_fd);
        }

        _fd = -1;
        State = ReaderState.Closed;
        RetryAt = retryAt;
    }

    public void Ready(uint events)
    {
        if (State == ReaderState.Connecting)
        {
            SendRequest(events);
            return;
        }

        var buffer = readers.Loop.Buffer;
        var received = Kernel.Receive(_fd, buffer, Loop.BufferBytes);
        if (received > 0)
        {
            Process(buffer, received);
        }
        else if (received == 0 || Kernel.Error != Kernel.Again)
        {
            readers.OnLost(this);
        }
    }

    private void SendRequest(uint events)
    {
        if (Kernel.ConnectError(_fd) != 0)
        {
            readers.OnLost(this);
        }
        else if ((events & Kernel.Writable) != 0)
        {
            Kernel.Send(_fd, readers.Request(channel, LastId));
            State = ReaderState.Requesting;
            readers.Loop.Change(_fd, Kernel.Readable);
        }
    }

    private void Process(byte* bytes, int length)
    {
        if (State == ReaderState.Requesting)
        {
            PrependRest(ref bytes, ref length);
            var all = new ReadOnlySpan<byte>(bytes, length);
            var end = all.IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                KeepRest(all);
                return;
            }

            var head = Encoding.ASCII.GetString(all[..end]);
            if (!head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
            {
                readers.OnRefused(this, head.Split('\r')[0]);
                return;
            }

            _isChunked = head.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase);
            State = ReaderState.Streaming;
            readers.OnOpened(this);
            bytes += end + 4;
            length -= end + 4;
        }

        if (_isChunked)
        {
            ProcessChunks(bytes, length);
        }
        else
        {
            ProcessText(bytes, length);
        }
    }

    private void ProcessChunks(byte* at, int length)
    {
        var end = at + length;
        while (at < end)
        {
            if (_chunkPart == ChunkPart.Data)
            {
                var count = (int)Math.Min(_chunkLeft, end - at);
                ProcessText(at, count);
                at += count;
                _chunkLeft -= count;
                _chunkPart = _chunkLeft == 0 ? ChunkPart.End : ChunkPart.Data;
                continue;
            }

            var next = *at++;
            if (_chunkPart == ChunkPart.End)
            {
                _chunkPart = next == '\n' ? ChunkPart.Size : ChunkPart.End;
            }
            else if (next == '\n')
            {
                if (_chunkLeft == 0)
                {
                    readers.OnLost(this);
                    return;
                }

                _chunkPart = ChunkPart.Data;
            }
            else if (next != '\r')
            {
                _chunkLeft = (_chunkLeft << 4) + ((next & 0xF) + (next > '9' ? 9 : 0));
            }
        }
    }

    private void ProcessText(byte* bytes, int length)
    {
        PrependRest(ref bytes, ref length);
        var text = new ReadOnlySpan<byte>(bytes, length);
        if (readers.Resumes)
        {
            ProcessLines(text);
        }
        else
        {
            ProcessMarks(text);
        }
    }

    private void ProcessMarks(ReadOnlySpan<byte> text)
    {
        var now = Loop.Now;
        while (true)
        {
            var at = text.IndexOf(Mark.Delimiter);
            if (at < 0)
            {
                KeepRest(text.EndsWith(Mark.Delimiter[..1]) ? text[^1..] : []);
                return;
            }

            if (text.Length - at < Mark.Length)
            {
                KeepRest(text[at..]);
                return;
            }

            readers.Tally.Add(Mark.Read(text[at..]), _seen, channel, isStalling, now);
            text = text[(at + Mark.Length)..];
        }
    }

    private void ProcessLines(ReadOnlySpan<byte> text)
    {
        var now = Loop.Now;
        while (text.IndexOf((byte)'\n') is var end && end >= 0)
        {
            ProcessLine(text[..end].TrimEnd((byte)'\r'), now);
            text = text[(end + 1)..];
        }

        KeepRest(text);
    }

    private void ProcessLine(ReadOnlySpan<byte> line, long now)
    {
        if (line.IsEmpty)
        {
            // An empty line completes the event.
            LastId = _nextId ?? LastId;
            _nextId = null;
        }
        else if (line.StartsWith("id:"u8))
        {
            _nextId = Encoding.ASCII.GetString(line[3..]).Trim();
        }
        else if (line.IndexOf(Mark.Delimiter) is var at && at >= 0)
        {
            readers.Tally.Add(Mark.Read(line[at..]), _seen, channel, isStalling, now);
        }
    }

    private void KeepRest(ReadOnlySpan<byte> rest)
    {
        if (rest.Length > _rest.Length)
        {
            _rest = new byte[Math.Max(64, rest.Length)];
        }

        rest.CopyTo(_rest);
        _restLength = rest.Length;
    }

    // The bytes before the new ones are already processed or are the buffer's headroom, so the rest can be copied there.
    private void PrependRest(ref byte* bytes, ref int length)
    {
        if (_restLength == 0)
        {
            return;
        }

        if (_restLength > Loop.Headroom)
        {
            throw new InvalidOperationException("A line is longer than 64 KiB.");
        }

        bytes -= _restLength;
        length += _restLength;
        _rest.AsSpan(0, _restLength).CopyTo(new Span<byte>(bytes, _restLength));
        _restLength = 0;
    }
}
