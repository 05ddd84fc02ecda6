using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace JackAutomotive.IngestLoad;

/// <summary>One keep-alive connection that sends complete requests and reads complete answers, one at a time.</summary>
internal sealed class Connection : IDisposable
{
    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _length;

    public Connection(Uri target) => Socket.Connect(target.Host, target.Port);

    public Socket Socket { get; } = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>The due time of the present request, in stopwatch ticks.</summary>
    public long Due { get; private set; }

    public void Send(byte[] request, long due)
    {
        Due = due;
        _length = 0;
        Socket.Send(request);
    }

    /// <summary>Receives bytes and returns the status of the answer when the answer is complete, otherwise null.</summary>
    /// <exception cref="IOException">The service closed the connection, or the answer has no length.</exception>
    public int? Receive()
    {
        var read = Socket.Receive(_buffer.AsSpan(_length));
        if (read == 0)
        {
            throw new IOException("The service closed the connection.");
        }

        _length += read;
        return IsWhole(_buffer.AsSpan(0, _length))
            ? int.Parse(_buffer.AsSpan("HTTP/1.1 ".Length, 3), NumberStyles.None, CultureInfo.InvariantCulture)
            : null;
    }

    public void Dispose() => Socket.Dispose();

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var headers = answer.IndexOf("\r\n\r\n"u8);
        if (headers < 0)
        {
            return false;
        }

        var head = answer[..(headers + 2)];
        var at = head.IndexOf("\r\nContent-Length: "u8);
        if (at < 0)
        {
            return head.IndexOf("\r\nTransfer-Encoding: chunked\r\n"u8) >= 0
                ? answer.EndsWith("0\r\n\r\n"u8)
                : throw new IOException($"The answer has no length: {Encoding.ASCII.GetString(head)}");
        }

        var digits = head[(at + "\r\nContent-Length: ".Length)..];
        digits = digits[..digits.IndexOf((byte)'\r')];
        return answer.Length == headers + 4 + int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
