using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>A proxy to a server. A test can cut the proxy to simulate an outage without stopping the server for other tests.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, byte> _clients = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly string _host;
    private readonly int _port;
    private readonly Task _accepting;
    private volatile bool _isCut;
    private volatile TaskCompletionSource _flowing = Completed();

    public TcpProxy(string host, int port)
    {
        _host = host;
        _port = port;
        _listener.Server.ReceiveBufferSize = 64 * 1024; // The sender notices a slow proxy soon.
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>The number of bytes that a connection forwards in one second, in each direction; null for no limit.</summary>
    public int? BytesPerSecond { get; set; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Closes every connection and rejects new connections.</summary>
    public void Cut()
    {
        _isCut = true;
        foreach (var client in _clients.Keys)
        {
            client.Close();
        }
    }

    /// <summary>Keeps connections open but forwards no bytes, like a server that hangs.</summary>
    public void Pause() => _flowing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Undoes <see cref="Cut"/> and <see cref="Pause"/>.</summary>
    public void Restore()
    {
        _isCut = false;
        _flowing.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Cut();
        _flowing.TrySetResult();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _ = ServeAsync(client);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        try
        {
            _clients.TryAdd(client, 0);
            ObjectDisposedException.ThrowIf(_isCut, this);
            await server.ConnectAsync(_host, _port, _stop.Token);
            await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // The test cut the proxy, or one side closed its connection.
        }
        finally
        {
            _clients.TryRemove(client, out _);
            client.Dispose();
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, _stop.Token) is > 0 and var length)
            {
                await _flowing.Task;
                await to.GetStream().WriteAsync(buffer.AsMemory(0, length), _stop.Token);
                if (BytesPerSecond is { } rate)
                {
                    await Task.Delay(TimeSpan.FromSeconds((double)length / rate), _stop.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or InvalidOperationException)
        {
            // The test cut the proxy, or one side closed its connection.
        }
    }

    private static TaskCompletionSource Completed()
    {
        var completed = new TaskCompletionSource();
        completed.SetResult();
        return completed;
    }
}
