using System.Net;
using System.Net.Sockets;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>Ports for servers that stop and start again on the same port.</summary>
internal static class Ports
{
    // Below the ephemeral ports (from 32768 on Linux), so that no connection takes the port while its server is stopped.
    private const int First = 20_000;
    private const int End = 32_000;

    /// <summary>Returns a port on which no process listens.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, End);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // The port is in use; try another one.
            }
        }
    }

    /// <summary>Whether a process on this machine listens on the port.</summary>
    public static bool IsListening(int port)
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
