using System.Net;
using System.Text;

namespace JackAutomotive.RealtimeLoad;

internal enum ReaderState : byte
{
    Closed,
    Connecting,
    Asking,
    Streaming,
}

/// <summary>One client that watches a channel: it finds the marks in what comes and, where it is to resume, the last event's id.</summary>
internal sealed unsafe class Reader(Readers readers, int channel, bool isStalling) : ISocket
{
    // A client that stops reading is to be noticed by the server soon, not when the kernel's buffers are full.
    private const int StallingBuffer = 4096;

    private readonly Seen _seen = new();
    private int _fd = -1;
    private byte[] _rest = [];
    private int _restLength;
    private bool _isChunked;
    private ChunkPart _part;
    private long _chunk;
    private string? _nextId;

    private enum ChunkPart : byte
    {
        Size,
        Data,
        End,
    }

    public ReaderState State { get; private set; }

    public bool IsStalling => isStalling;

    /// <summary>Not before this moment is the reader to connect again.</summary>
    public long RetryAt { get; set; }

    /// <summary>Since when it has wanted to be connected.</summary>
    public long WaitingSince { get; set; }

    /// <summary>The id of the last event that it got whole.</summary>
    public string? LastId { get; private set; }

    /// <summary>The server has ended its stream at some time.</summary>
    public bool WasCut { get; set; }

    public long Missing => readers.Channels.Missing(channel, _seen);

    public void Open(IPEndPoint server)
    {
        State = ReaderState.Connecting;
        _isChunked = false;
        _part = ChunkPart.Size;
        _chunk = _restLength = 0;
        _nextId = null;
        _fd = Kernel.Connect(server, isStalling ? StallingBuffer : null);
        readers.Loop.Add(_fd, this, Kernel.Writable);
    }

    /// <summary>Stops or goes on reading.</summary>
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
            Ask(events);
            return;
        }

        var buffer = readers.Loop.Buffer;
        var got = Kernel.Receive(_fd, buffer, Loop.BufferBytes);
        if (got > 0)
        {
            Take(buffer, got);
        }
        else if (got == 0 || Kernel.Error != Kernel.Again)
        {
            readers.Lost(this);
        }
    }

    private void Ask(uint events)
    {
        if (Kernel.ConnectError(_fd) != 0)
        {
            readers.Lost(this);
        }
        else if ((events & Kernel.Writable) != 0)
        {
            Kernel.Send(_fd, readers.Request(channel, LastId));
            State = ReaderState.Asking;
            readers.Loop.Change(_fd, Kernel.Readable);
        }
    }

    private void Take(byte* bytes, int length)
    {
        if (State == ReaderState.Asking)
        {
            Prepend(ref bytes, ref length);
            var all = new ReadOnlySpan<byte>(bytes, length);
            var end = all.IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                Keep(all);
                return;
            }

            var head = Encoding.ASCII.GetString(all[..end]);
            if (!head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
            {
                readers.Refused(this, head.Split('\r')[0]);
                return;
            }

            _isChunked = head.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase);
            State = ReaderState.Streaming;
            readers.Opened(this);
            bytes += end + 4;
            length -= end + 4;
        }

        if (_isChunked)
        {
            TakeChunks(bytes, length);
        }
        else
        {
            TakeText(bytes, length);
        }
    }

    private void TakeChunks(byte* at, int length)
    {
        var end = at + length;
        while (at < end)
        {
            if (_part == ChunkPart.Data)
            {
                var take = (int)Math.Min(_chunk, end - at);
                TakeText(at, take);
                at += take;
                _chunk -= take;
                _part = _chunk == 0 ? ChunkPart.End : ChunkPart.Data;
                continue;
            }

            var next = *at++;
            if (_part == ChunkPart.End)
            {
                _part = next == '\n' ? ChunkPart.Size : ChunkPart.End;
            }
            else if (next == '\n')
            {
                if (_chunk == 0)
                {
                    readers.Lost(this);
                    return;
                }

                _part = ChunkPart.Data;
            }
            else if (next != '\r')
            {
                _chunk = (_chunk << 4) + ((next & 0xF) + (next > '9' ? 9 : 0));
            }
        }
    }

    private void TakeText(byte* bytes, int length)
    {
        Prepend(ref bytes, ref length);
        var text = new ReadOnlySpan<byte>(bytes, length);
        if (readers.Resumes)
        {
            TakeLines(text);
        }
        else
        {
            TakeMarks(text);
        }
    }

    private void TakeMarks(ReadOnlySpan<byte> text)
    {
        var now = Loop.Now;
        while (true)
        {
            var at = text.IndexOf(Mark.Sign);
            if (at < 0)
            {
                Keep(text.EndsWith(Mark.Sign[..1]) ? text[^1..] : []);
                return;
            }

            if (text.Length - at < Mark.Length)
            {
                Keep(text[at..]);
                return;
            }

            readers.Tally.Add(Mark.Read(text[at..]), _seen, channel, isStalling, now);
            text = text[(at + Mark.Length)..];
        }
    }

    private void TakeLines(ReadOnlySpan<byte> text)
    {
        var now = Loop.Now;
        while (text.IndexOf((byte)'\n') is var end && end >= 0)
        {
            TakeLine(text[..end].TrimEnd((byte)'\r'), now);
            text = text[(end + 1)..];
        }

        Keep(text);
    }

    private void TakeLine(ReadOnlySpan<byte> line, long now)
    {
        if (line.IsEmpty)
        {
            // Only now is the event whole.
            LastId = _nextId ?? LastId;
            _nextId = null;
        }
        else if (line.StartsWith("id:"u8))
        {
            _nextId = Encoding.ASCII.GetString(line[3..]).Trim();
        }
        else if (line.IndexOf(Mark.Sign) is var at && at >= 0)
        {
            readers.Tally.Add(Mark.Read(line[at..]), _seen, channel, isStalling, now);
        }
    }

    private void Keep(ReadOnlySpan<byte> rest)
    {
        if (rest.Length > _rest.Length)
        {
            _rest = new byte[Math.Max(64, rest.Length)];
        }

        rest.CopyTo(_rest);
        _restLength = rest.Length;
    }

    // What lies before the bytes has been dealt with, or is the buffer's headroom.
    private void Prepend(ref byte* bytes, ref int length)
    {
        if (_restLength == 0)
        {
            return;
        }

        if (_restLength > Loop.Headroom)
        {
            throw new InvalidOperationException("A line of more than 64 KiB.");
        }

        bytes -= _restLength;
        length += _restLength;
        _rest.AsSpan(0, _restLength).CopyTo(new Span<byte>(bytes, _restLength));
        _restLength = 0;
    }
}
