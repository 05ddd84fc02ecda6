using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace JackAutomotive.Realtime.Feeds.Redis;

/// <summary>One connection to Redis. One thread reads from the connection; any thread may send a command.</summary>
internal sealed class RedisSocket : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Lock _writeLock = new();
    private Stream? _stream;

    /// <summary>
    /// Connects, starts TLS if the settings require it, and authenticates. Another thread may dispose the socket to abort the call.
    /// </summary>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="SocketException">No server answers at the endpoint.</exception>
    public void Connect(EndPoint endpoint, ConfigurationOptions settings)
    {
        _socket.Connect(endpoint);
        _socket.SendTimeout = settings.SyncTimeout;
        Stream stream = new NetworkStream(_socket, ownsSocket: true);
        if (settings.Ssl)
        {
            var tls = new SslStream(stream);
            tls.AuthenticateAsClient(new SslClientAuthenticationOptions
            {
                TargetHost = settings.SslHost ?? (endpoint as DnsEndPoint)?.Host ?? ((IPEndPoint)endpoint).Address.ToString(),
                EnabledSslProtocols = settings.SslProtocols ?? default,
            });
            stream = tls;
        }

        _stream = stream;
        if (settings.Password is { Length: > 0 } password)
        {
            Send(settings.User is { Length: > 0 } user ? ["AUTH", user, password] : ["AUTH", password]);
        }

        // The connection gets no name: some servers may not know CLIENT SETNAME, and nothing reads the name.
    }

    /// <summary>Blocks until bytes arrive and returns their number, or 0 if the server closed the connection.</summary>
    public int Receive(Span<byte> buffer) => Stream.Read(buffer);

    /// <summary>Sends one command as a RESP array of bulk strings.</summary>
    public void Send(params ReadOnlySpan<string> parts)
    {
        var command = new ArrayBufferWriter<byte>(64 * parts.Length);
        Encoding.UTF8.GetBytes($"*{parts.Length}\r\n", command);
        foreach (var part in parts)
        {
            Encoding.UTF8.GetBytes($"${Encoding.UTF8.GetByteCount(part)}\r\n{part}\r\n", command);
        }

        lock (_writeLock)
        {
            Stream.Write(command.WrittenSpan);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream?.Dispose();
        _socket.Dispose();
    }

    private Stream Stream => _stream ?? throw new IOException("Not connected.");
}
