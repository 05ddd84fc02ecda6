using System.Net;
using System.Text;

namespace JackAutomotive.RealtimeLoad;

/// <summary>Publishes with POST over a few keep-alive connections. Each connection carries one message at a time.</summary>
internal sealed class HttpTransport : ITransport
{
    private readonly Stack<Connection> _idle = [];
    private readonly Func<OutgoingMessage, byte[]> _request;

    /// <param name="loop">The event loop for the sockets.</param>
    /// <param name="server">The server that receives the requests.</param>
    /// <param name="connections">The number of connections, which is the maximum of unanswered requests.</param>
    /// <param name="request">Creates the bytes of a request.</param>
    public HttpTransport(Loop loop, IPEndPoint server, int connections, Func<OutgoingMessage, byte[]> request)
    {
        _request = request;
        for (var i = 0; i < connections; i++)
        {
            _idle.Push(new Connection(this, loop, server));
        }
    }

    public bool CanSend => _idle.Count > 0;

    public long Errors { get; private set; }

    /// <summary>The time from a message's due time to its answer.</summary>
    public Histogram Answers { get; } = new();

    public void Send(OutgoingMessage outgoing) => _idle.Pop().Post(_request(outgoing), outgoing.DueAt);

    public void Flush()
    {
    }

    private void OnAnswer(Connection connection, bool isGood)
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

        // On loopback, a socket accepts a request of a few kilobytes in one call, and a connection is established by the next loop iteration.
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
            int received;
            fixed (byte* buffer = _answer)
            {
                received = Kernel.Receive(_fd, buffer + _length, _answer.Length - _length);
            }

            if (received <= 0)
            {
                if (received == 0 || Kernel.Error != Kernel.Again)
                {
                    Reconnect(isGood: false);
                }

                return;
            }

            _length += received;
            if (TryReadAnswer(out var isGood, out var isLast))
            {
                _length = 0;
                if (isLast)
                {
                    Reconnect(isGood);
                }
                else
                {
                    _owner.OnAnswer(this, isGood);
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
                _owner.OnAnswer(this, isGood);
            }
        }

        private void Connect()
        {
            _fd = Kernel.Connect(_server);
            _loop.Add(_fd, this, Kernel.Readable);
        }
    }
}
