using System.Net.Sockets;

namespace JackAutomotive.Realtime.Transport;

/// <summary>Sends on a non-blocking socket.</summary>
internal static class SocketSendExtensions
{
    /// <summary>
    /// Sends all bytes. Completes, nearly always synchronously and without an allocation, when the kernel has accepted all bytes.
    /// Returns false if the connection is closed.
    /// </summary>
    public static ValueTask<bool> SendAllAsync(this Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        try
        {
            var sent = socket.Send(bytes.Span, SocketFlags.None, out var error);
            return error switch
            {
                SocketError.Success when sent == bytes.Length => new ValueTask<bool>(true),
                SocketError.Success => SendRestAsync(socket, bytes[sent..], cancellationToken),
                SocketError.WouldBlock => SendRestAsync(socket, bytes, cancellationToken),
                _ => new ValueTask<bool>(false),
            };
        }
        catch (ObjectDisposedException)
        {
            return new ValueTask<bool>(false);
        }
    }

    private static async ValueTask<bool> SendRestAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancellationToken)..];
            }

            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
