using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace JackAutomotive.IngestLoad;

/// <summary>One keep-alive connection that sends finished requests and reads whole answers.</summary>
internal sealed class Connection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[16 * 1024];

    public async Task OpenAsync(Uri target) => await _socket.ConnectAsync(target.Host, target.Port);

    /// <summary>Sends a request and returns its answer's status.</summary>
    /// <exception cref="IOException">The connection was closed, or the answer is not one of those that the service gives.</exception>
    public async Task<int> SendAsync(ReadOnlyMemory<byte> request)
    {
        await _socket.SendAsync(request);
        var length = 0;
        while (true)
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(length));
            if (read == 0)
            {
                throw new IOException("The service closed the connection.");
            }

            length += read;
            if (IsWhole(_buffer.AsSpan(0, length)))
            {
                return int.Parse(_buffer.AsSpan("HTTP/1.1 ".Length, 3), NumberStyles.None, CultureInfo.InvariantCulture);
            }
        }
    }

    public void Dispose() => _socket.Dispose();

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
                : throw new IOException($"An answer without a length: {Encoding.ASCII.GetString(head)}");
        }

        var digits = head[(at + "\r\nContent-Length: ".Length)..];
        digits = digits[..digits.IndexOf((byte)'\r')];
        return answer.Length == headers + 4 + int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
