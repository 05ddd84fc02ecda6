using System.Net;
using System.Net.Sockets;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>Ports for servers that are stopped and started again on the same one.</summary>
internal static class Ports
{
    // Below those that the system gives to connections (from 32768 on Linux), so that nobody takes it while its server is away.
    private const int First = 20_000;
    private const int End = 32_000;

    /// <summary>A port on which nobody listens.</summary>
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
                // Taken; another one then.
            }
        }
    }

    /// <summary>Whether somebody listens on this machine's port.</summary>
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
