using System.Net;
using System.Text;

namespace JackAutomotive.RealtimeLoad;

/// <summary>POST over a few keep-alive connections, one message at a time on each.</summary>
internal sealed class HttpTransport : ITransport
{
    private readonly Stack<Connection> _idle = [];
    private readonly Func<Outgoing, byte[]> _request;

    /// <param name="loop">Where the sockets wait.</param>
    /// <param name="server">Who is posted to.</param>
    /// <param name="connections">How many at most wait for an answer.</param>
    /// <param name="request">Makes a whole request.</param>
    public HttpTransport(Loop loop, IPEndPoint server, int connections, Func<Outgoing, byte[]> request)
    {
        _request = request;
        for (var i = 0; i < connections; i++)
        {
            _idle.Push(new Connection(this, loop, server));
        }
    }

    public bool CanSend => _idle.Count > 0;

    public long Errors { get; private set; }

    /// <summary>From when a message was due to when it was answered.</summary>
    public Histogram Answers { get; } = new();

    public void Send(Outgoing outgoing) => _idle.Pop().Post(_request(outgoing), outgoing.DueAt);

    public void Flush()
    {
    }

    private void Answered(Connection connection, bool isGood)
    {
        Answers.Add(Loop.Now - connection.DueAt);
        Errors += isGood ? 0 : 1;
        _idle.Push(connection);
    }

    private sealed unsafe class Connection : ISocket
    {
        private readonly HttpTransport _owner;
        private readonly Loop _loop;
        private readonly IPEndPoint _server;
        private readonly byte[] _answer = new byte[16 * 1024];
        private int _length;
        private int _fd;

        public Connection(HttpTransport owner, Loop loop, IPEndPoint server)
        {
            (_owner, _loop, _server) = (owner, loop, server);
            Connect();
        }

        public long DueAt { get; private set; }

        // On this machine the socket takes a request of a few kilobytes whole, and a connection is there when the next turn comes.
        public void Post(byte[] request, long dueAt)
        {
            DueAt = dueAt;
            if (Kernel.Send(_fd, request) != request.Length)
            {
                Reconnect(isGood: false);
            }
        }

        public void Ready(uint events)
        {
            int got;
            fixed (byte* buffer = _answer)
            {
                got = Kernel.Receive(_fd, buffer + _length, _answer.Length - _length);
            }

            if (got <= 0)
            {
                if (got == 0 || Kernel.Error != Kernel.Again)
                {
                    Reconnect(isGood: false);
                }

                return;
            }

            _length += got;
            if (TryReadAnswer(out var isGood, out var isLast))
            {
                _length = 0;
                if (isLast)
                {
                    Reconnect(isGood);
                }
                else
                {
                    _owner.Answered(this, isGood);
                }
            }
        }

        private bool TryReadAnswer(out bool isGood, out bool isLast)
        {
            isGood = isLast = false;
            ReadOnlySpan<byte> answer = _answer.AsSpan(0, _length);
            var end = answer.IndexOf("\r\n\r\n"u8);
            if (end < 0)
            {
                return false;
            }

            var head = Encoding.ASCII.GetString(answer[..end]);
            isGood = head.StartsWith("HTTP/1.1 2", StringComparison.Ordinal);
            isLast = head.Contains("Connection: close", StringComparison.OrdinalIgnoreCase);
            var body = answer[(end + 4)..];
            if (head.Contains("chunked", StringComparison.OrdinalIgnoreCase))
            {
                return body.EndsWith("0\r\n\r\n"u8);
            }

            var length = head.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
            return length is null || body.Length >= int.Parse(length.AsSpan("Content-Length:".Length), null);
        }

        private void Reconnect(bool isGood)
        {
            var wasIdle = _owner._idle.Contains(this);
            _loop.Remove(_fd);
            _length = 0;
            Connect();
            if (!wasIdle)
            {
                _owner.Answered(this, isGood);
            }
        }

        private void Connect()
        {
            _fd = Kernel.Connect(_server);
            _loop.Add(_fd, this, Kernel.Readable);
        }
    }
}
