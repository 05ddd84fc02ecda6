using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace JackAutomotive.Tests.Realtime.Load;

/// <summary>
/// One GET request on its own socket and the decoded chunked body of the response. A RawStream is cheap enough for hundreds of streams,
/// and it does what HttpClient hides: it stops reading so that the kernel's buffers fill, and it closes the connection with a reset.
/// </summary>
internal sealed class RawStream : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[8 * 1024];
    private int _start;
    private int _end;
    private int _chunkLeft;
    private bool _isFirstChunk = true;

    private RawStream()
    {
    }

    /// <summary>The status code of the response.</summary>
    public int Status { get; private set; }

    /// <summary>The status line and the headers of the response.</summary>
    public string Head { get; private set; } = "";

    /// <summary>Sends the request and reads the head of the response.</summary>
    /// <param name="server">The address of the server.</param>
    /// <param name="path">The path and query of the request.</param>
    /// <param name="headers">The header lines, without line ends.</param>
    /// <param name="receiveBuffer">The size of the kernel's receive buffer in bytes; 0 keeps the kernel's default.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="IOException">The server closed the connection before the head was complete.</exception>
    /// <exception cref="SocketException">Nothing listens at the address, or the connection broke.</exception>
    public static async Task<RawStream> GetAsync(
        Uri server,
        string path,
        IEnumerable<string> headers,
        int receiveBuffer,
        CancellationToken cancellationToken)
    {
        var stream = new RawStream();
        try
        {
            if (receiveBuffer > 0)
            {
                stream._socket.ReceiveBufferSize = receiveBuffer;
            }

            await stream._socket.ConnectAsync(server.Host, server.Port, cancellationToken);
            var request = $"GET {path} HTTP/1.1\r\nHost: {server.Authority}\r\n{string.Concat(headers.Select(line => $"{line}\r\n"))}\r\n";
            await stream._socket.SendAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
            await stream.ReadHeadAsync(cancellationToken);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads a part of the body. Returns 0 after the server has ended the body properly.</summary>
    /// <exception cref="IOException">The server closed the connection before the end of the body.</exception>
    /// <exception cref="SocketException">The connection broke.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> into, CancellationToken cancellationToken)
    {
        if (_chunkLeft == 0 && !await StartNextChunkAsync(cancellationToken))
        {
            return 0;
        }

        if (_start == _end)
        {
            await FillAsync(cancellationToken);
        }

        var length = Math.Min(Math.Min(_chunkLeft, _end - _start), into.Length);
        _buffer.AsMemory(_start, length).CopyTo(into);
        _start += length;
        _chunkLeft -= length;
        return length;
    }

    /// <summary>Closes the connection with a reset, like a client whose machine was switched off and on again.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public void Dispose() => _socket.Dispose();

    private async Task ReadHeadAsync(CancellationToken cancellationToken)
    {
        var head = new StringBuilder();
        string line;
        do
        {
            line = await ReadLineAsync(cancellationToken);
            head.Append(line).Append('\n');
        }
        while (line.Length > 0);

        Head = head.ToString();
        Status = int.Parse(Head.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture);
    }

    private async Task<bool> StartNextChunkAsync(CancellationToken cancellationToken)
    {
        if (!_isFirstChunk)
        {
            await ReadLineAsync(cancellationToken);
        }

        _isFirstChunk = false;
        _chunkLeft = int.Parse(await ReadLineAsync(cancellationToken), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return _chunkLeft > 0;
    }

    private async ValueTask<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
            if (length >= 0)
            {
                var line = Encoding.ASCII.GetString(_buffer, _start, length);
                _start += length + 2;
                return line;
            }

            await FillAsync(cancellationToken);
        }
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        var length = await _socket.ReceiveAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += length > 0 ? length : throw new IOException("The connection was closed in the middle of an answer.");
    }
}
