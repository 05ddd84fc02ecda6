using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace JackAutomotive.Realtime.Redis;

/// <summary>One connection to Redis, used by one reading thread and by whoever has a command to send.</summary>
internal sealed class RedisSocket : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Lock _writing = new();
    private Stream? _stream;

    /// <summary>Connects, encrypts if the settings say so, and authenticates. Anybody may dispose meanwhile, which ends it.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="SocketException">Nobody answers there.</exception>
    public void Connect(EndPoint endpoint, ConfigurationOptions settings)
    {
        _socket.Connect(endpoint);
        _socket.SendTimeout = settings.SyncTimeout;
        Stream stream = new NetworkStream(_socket, ownsSocket: true);
        if (settings.Ssl)
        {
            var encrypted = new SslStream(stream);
            encrypted.AuthenticateAsClient(new SslClientAuthenticationOptions
            {
                TargetHost = settings.SslHost ?? (endpoint as DnsEndPoint)?.Host ?? ((IPEndPoint)endpoint).Address.ToString(),
                EnabledSslProtocols = settings.SslProtocols ?? default,
            });
            stream = encrypted;
        }

        _stream = stream;
        if (settings.Password is { Length: > 0 } password)
        {
            Send(settings.User is { Length: > 0 } user ? ["AUTH", user, password] : ["AUTH", password]);
        }

        // Not CLIENT SETNAME: what is not needed is not asked of servers that may not know it.
    }

    /// <summary>Waits for bytes; 0 if the server closed the connection.</summary>
    public int Receive(Span<byte> buffer) => Stream.Read(buffer);

    /// <summary>Sends one command.</summary>
    public void Send(params ReadOnlySpan<string> parts)
    {
        var command = new ArrayBufferWriter<byte>(64 * parts.Length);
        Encoding.UTF8.GetBytes($"*{parts.Length}\r\n", command);
        foreach (var part in parts)
        {
            Encoding.UTF8.GetBytes($"${Encoding.UTF8.GetByteCount(part)}\r\n{part}\r\n", command);
        }

        lock (_writing)
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
