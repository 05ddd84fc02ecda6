using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace JackAutomotive.Realtime.Transport;

/// <summary>
/// One TCP connection, placed between Kestrel's socket transport and its HTTP layer. This object passes all data on until a stream takes
/// over the connection. Then the HTTP request ends and frees its memory, and the stream writes chunks to the socket directly.
/// An idle stream then costs only this object, its watcher and Kestrel's transport, and a write costs one system call.
/// </summary>
internal sealed class StreamConnection : IDuplexPipe, IStreamOutput, IConnectionHeartbeatFeature
{
    // Linux, tcp(7), TCP_USER_TIMEOUT: how long sent bytes may stay unacknowledged before the kernel closes the connection.
    private const int TcpLevel = 6;
    private const int TcpUserTimeout = 18;

    // Linux doubles this value (socket(7)). Without a limit the kernel would buffer megabytes for each client that does not read.
    private const int SendBufferBytes = 128 * 1024;

    private static readonly byte[] s_lastChunk = "0\r\n\r\n"u8.ToArray();

    private readonly ConnectionContext _connection;
    private readonly Socket _socket;
    private readonly IConnectionHeartbeatFeature? _heartbeat;
    private readonly SocketPipeWriter _output;
    private readonly DetachableInput _input;
    private List<(Action<object> Action, object State)>? _heartbeatCallbacks = [];
    private TaskCompletionSource? _ended;

    private StreamConnection(ConnectionContext connection, Socket socket)
    {
        _connection = connection;
        _socket = socket;
        _heartbeat = connection.Features.Get<IConnectionHeartbeatFeature>();
        _input = new DetachableInput(connection.Transport.Input);
        _output = new SocketPipeWriter(socket, connection.Features.Get<IMemoryPoolFeature>()?.MemoryPool ?? MemoryPool<byte>.Shared);
        _heartbeat?.OnHeartbeat(static connection => ((StreamConnection)connection).RunHeartbeatCallbacks(), this);
    }

    /// <inheritdoc/>
    public PipeReader Input => _input;

    /// <inheritdoc/>
    public PipeWriter Output => _output;

    /// <inheritdoc/>
    public bool HasInput => _input.HasUnreadBytes();

    /// <summary>Connection middleware: wraps every TCP connection of a Kestrel endpoint in a <see cref="StreamConnection"/>.</summary>
    public static ConnectionDelegate Use(ConnectionDelegate next) => async connection =>
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { ProtocolType: ProtocolType.Tcp } socket)
        {
            await next(connection);
            return;
        }

        // A send to a full socket must return at once: one thread writes to all clients and must not block.
        socket.Blocking = false;
        var stream = new StreamConnection(connection, socket);
        connection.Transport = stream;
        connection.Features.Set<IConnectionHeartbeatFeature>(stream);
        connection.Features.Set(stream);
        await next(connection);
        await stream.WaitForStreamEndAsync();
    };

    /// <summary>Returns the connection of a request if a stream can take it over, which needs HTTP/1.1 without TLS; else null.</summary>
    public static StreamConnection? Of(HttpContext context) =>
        HttpProtocol.IsHttp11(context.Request.Protocol) && context.Features.Get<ITlsHandshakeFeature>() is null
            ? context.Features.Get<StreamConnection>()
            : null;

    /// <summary>
    /// Takes over the connection from HTTP. The caller must have flushed the whole response so far, in chunked coding. Whatever HTTP
    /// writes at the end of the request is discarded.
    /// </summary>
    /// <param name="ackTimeout">How long the peer may leave bytes unacknowledged. Outside Linux the system's own limit applies.</param>
    public void TakeOver(TimeSpan ackTimeout)
    {
        _output.IsMuted = true;
        _input.IsTakenOver = true;
        _heartbeatCallbacks = null;
        _ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            _socket.SendBufferSize = SendBufferBytes;
            if (OperatingSystem.IsLinux())
            {
                _socket.SetRawSocketOption(TcpLevel, TcpUserTimeout, BitConverter.GetBytes((int)ackTimeout.TotalMilliseconds));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The connection is closed already. The next write reports it.
        }
    }

    /// <inheritdoc/>
    public void OnDisconnected(Action<object?> action, object state) => _connection.ConnectionClosed.UnsafeRegister(action, state);

    /// <inheritdoc/>
    public ValueTask<bool> SendAsync(Block block) => _socket.SendAllAsync(block.Chunk);

    /// <inheritdoc/>
    public void Complete()
    {
        try
        {
            _socket.Send(s_lastChunk, SocketFlags.None, out _);
        }
        catch (ObjectDisposedException)
        {
            // The connection is closed already.
        }

        _ended?.TrySetResult();
    }

    /// <inheritdoc/>
    public void Abort(AbortReason reason)
    {
        _connection.Abort(new ConnectionAbortedException(AbortReasons.Describe(reason)));
        _ended?.TrySetResult();
    }

    /// <summary>
    /// Keeps the heartbeat callbacks of HTTP's timeouts in this object until <see cref="TakeOver"/> discards them. The transport would keep
    /// the callbacks, and every HTTP object that they reference, as long as the connection lasts.
    /// </summary>
    void IConnectionHeartbeatFeature.OnHeartbeat(Action<object> action, object state) => _heartbeatCallbacks?.Add((action, state));

    private void RunHeartbeatCallbacks()
    {
        if (_heartbeatCallbacks is not { } callbacks)
        {
            return;
        }

        foreach (var (action, state) in callbacks)
        {
            action(state);
        }
    }

    // Not an async method: its state machine would be one more object for each idle stream.
    private Task WaitForStreamEndAsync() => _ended?.Task ?? Task.CompletedTask;
}
