using System.Net.Sockets;

namespace JackAutomotive.Realtime.Connections;

/// <summary>Sending on a socket that does not block.</summary>
internal static class SocketSending
{
    /// <summary>
    /// Sends everything; completes, nearly always at once and without an allocation, when the kernel has taken it. False if the
    /// connection is gone.
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
