using System.Net;
using System.Text;
using JackAutomotive.Contract;

namespace JackAutomotive.RealtimeLoad;

/// <summary>POST over a few keep-alive connections, one message at a time on each.</summary>
internal sealed class HttpTransport : ITransport
{
    private const int Connections = 16;

    private readonly Stack<Connection> _idle = [];
    private readonly Channels _channels;
    private readonly Uri _target;
    private readonly string? _body;

    /// <param name="loop">Where the sockets wait.</param>
    /// <param name="channels">Whose names stand for <c>{lead}</c>.</param>
    /// <param name="target">Where to post to.</param>
    /// <param name="body">A body with <c>{lead}</c> and <c>{message}</c>, which stands in a JSON string; null for the message alone.</param>
    public HttpTransport(Loop loop, Channels channels, Uri target, string? body)
    {
        (_channels, _target, _body) = (channels, target, body);
        for (var i = 0; i < Connections; i++)
        {
            _idle.Push(new Connection(this, loop, IPEndPoint.Parse(target.Authority)));
        }
    }

    public bool CanSend => _idle.Count > 0;

    public long Errors { get; private set; }

    public void Send(int channel, LeadEvent message)
    {
        var name = _channels.Names[channel];
        var path = Uri.UnescapeDataString(_target.PathAndQuery).Replace("{lead}", name, StringComparison.Ordinal);
        var body = _body is null
            ? Messages.Line(message)
            : Encoding.UTF8.GetBytes(_body.Replace("{lead}", name, StringComparison.Ordinal)
                .Replace("{message}", Messages.Quoted(message), StringComparison.Ordinal));
        var head = $"POST {path} HTTP/1.1\r\nHost: {_target.Authority}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
        var request = new byte[head.Length + body.Length];
        Encoding.ASCII.GetBytes(head, request);
        body.CopyTo(request.AsSpan(head.Length));
        _idle.Pop().Post(request);
    }

    public void Flush()
    {
    }

    private void Answered(Connection connection, bool isGood)
    {
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

        // On this machine the socket takes a request of a few kilobytes whole, and a connection is there when the next turn comes.
        public void Post(byte[] request)
        {
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
