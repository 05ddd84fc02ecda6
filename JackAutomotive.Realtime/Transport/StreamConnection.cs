using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace JackAutomotive.Realtime.Connections;

/// <summary>
/// One TCP connection, between Kestrel's sockets and its HTTP. It passes everything on until a stream takes the connection over:
/// then the request ends for HTTP, with all that belongs to it, and the connection lives on as a socket that chunks are written to.
/// What is left of a quiet stream is this object, its watcher and Kestrel's transport, and a write is one system call.
/// </summary>
internal sealed class StreamConnection : IDuplexPipe, IStreamOutput, IConnectionHeartbeatFeature
{
    // Linux, tcp(7): how long sent bytes may stay unacknowledged before the kernel takes the peer for dead.
    private const int TcpLevel = 6;
    private const int TcpUserTimeout = 18;

    // The kernel doubles it. Without a limit it would keep megabytes for each client that does not read.
    private const int SendBufferBytes = 128 * 1024;

    private static readonly byte[] s_lastChunk = "0\r\n\r\n"u8.ToArray();

    private readonly ConnectionContext _connection;
    private readonly Socket _socket;
    private readonly IConnectionHeartbeatFeature? _heartbeat;
    private readonly SocketPipeWriter _output;
    private readonly TakenInput _input;
    private List<(Action<object> Action, object State)>? _beats = [];
    private TaskCompletionSource? _ended;

    private StreamConnection(ConnectionContext connection, Socket socket)
    {
        _connection = connection;
        _socket = socket;
        _heartbeat = connection.Features.Get<IConnectionHeartbeatFeature>();
        _input = new TakenInput(connection.Transport.Input);
        _output = new SocketPipeWriter(socket, connection.Features.Get<IMemoryPoolFeature>()?.MemoryPool ?? MemoryPool<byte>.Shared);
        _heartbeat?.OnHeartbeat(static connection => ((StreamConnection)connection).Beat(), this);
    }

    /// <inheritdoc/>
    public PipeReader Input => _input;

    /// <inheritdoc/>
    public PipeWriter Output => _output;

    /// <inheritdoc/>
    public bool HasInput => _input.HasArrived();

    /// <summary>Puts every connection of a Kestrel endpoint under this class's care.</summary>
    public static ConnectionDelegate Use(ConnectionDelegate next) => async connection =>
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { ProtocolType: ProtocolType.Tcp } socket)
        {
            await next(connection);
            return;
        }

        // A full socket is to say so, and never to hold up the thread that writes to everybody.
        socket.Blocking = false;
        var stream = new StreamConnection(connection, socket);
        connection.Transport = stream;
        connection.Features.Set<IConnectionHeartbeatFeature>(stream);
        connection.Features.Set(stream);
        await next(connection);
        await stream.EndAsync();
    };

    /// <summary>The connection that a request came over, if a stream can take it over: plain HTTP/1.1.</summary>
    public static StreamConnection? Of(HttpContext context) =>
        HttpProtocol.IsHttp11(context.Request.Protocol) && context.Features.Get<ITlsHandshakeFeature>() is null
            ? context.Features.Get<StreamConnection>()
            : null;

    /// <summary>
    /// Takes the connection over from HTTP. All that the response holds so far has to be flushed, as chunks; what HTTP adds when
    /// the request ends is dropped.
    /// </summary>
    /// <param name="patience">How long the peer may leave bytes unacknowledged. Where the system cannot be told, its own limit holds.</param>
    public void TakeOver(TimeSpan patience)
    {
        _output.IsMuted = true;
        _input.IsTaken = true;
        _beats = null;
        _ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            _socket.SendBufferSize = SendBufferBytes;
            if (OperatingSystem.IsLinux())
            {
                _socket.SetRawSocketOption(TcpLevel, TcpUserTimeout, BitConverter.GetBytes((int)patience.TotalMilliseconds));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Gone already, as the next write tells.
        }
    }

    /// <inheritdoc/>
    public void WhenGone(Action<object?> action, object state) => _connection.ConnectionClosed.UnsafeRegister(action, state);

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
            // Gone already.
        }

        _ended?.TrySetResult();
    }

    /// <inheritdoc/>
    public void Abort()
    {
        _connection.Abort(new ConnectionAbortedException("The client does not keep up."));
        _ended?.TrySetResult();
    }

    /// <summary>HTTP's timeouts, which the connection keeps for its whole life, and with them everything of HTTP.</summary>
    void IConnectionHeartbeatFeature.OnHeartbeat(Action<object> action, object state) => _beats?.Add((action, state));

    private void Beat()
    {
        if (_beats is not { } beats)
        {
            return;
        }

        foreach (var (action, state) in beats)
        {
            action(state);
        }
    }

    // Not an async method of its own, which would be one more object for each quiet stream.
    private Task EndAsync() => _ended?.Task ?? Task.CompletedTask;
}
