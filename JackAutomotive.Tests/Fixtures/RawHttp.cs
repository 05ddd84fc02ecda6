using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using JackAutomotive.Tests.Drivers;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>A connection that sends what an HTTP client cannot send: headers without a body, half a body, a body in pieces.</summary>
internal sealed class RawHttp : IAsyncDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Connects and sends only the headers of the request.</summary>
    /// <param name="address">Base address of the server.</param>
    /// <param name="request">The request whose headers are sent, without its body.</param>
    /// <param name="framing">The header that declares the body; by default Content-Length.</param>
    public static async Task<RawHttp> SendHeadersAsync(Uri address, SignedRequest request, string? framing = null)
    {
        var head = new StringBuilder($"POST {request.Path} HTTP/1.1\r\nHost: {address.Authority}\r\n");
        head.Append(CultureInfo.InvariantCulture, $"{framing ?? $"Content-Length: {request.Body.Length}"}\r\n");
        if (request.ContentType.Length > 0)
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Type: {request.ContentType}\r\n");
        }

        foreach (var (name, value) in request.Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        var raw = new RawHttp();
        await raw._client.ConnectAsync(address.Host, address.Port, Cancellation);
        await raw.SendAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
        return raw;
    }

    public Task SendAsync(ReadOnlyMemory<byte> bytes) => _client.GetStream().WriteAsync(bytes, Cancellation).AsTask();

    /// <summary>Closes the sending side of the connection.</summary>
    public void Finish() => _client.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Reads the status and the headers of the next answer.</summary>
    public async Task<(HttpStatusCode Status, string Headers)> ReadAnswerAsync()
    {
        var received = new StringBuilder();
        var buffer = new byte[4096];
        while (!received.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await _client.GetStream().ReadAsync(buffer, Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancellation);
            Assert.True(read > 0, $"the connection was closed after: {received}");
            received.Append(Encoding.UTF8.GetString(buffer.AsSpan(0, read)));
        }

        var head = received.ToString().Split("\r\n\r\n")[0];
        return ((HttpStatusCode)int.Parse(head.AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture), head);
    }

    /// <summary>Waits until the server has closed the connection.</summary>
    public async Task WaitUntilClosedAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (await _client.GetStream().ReadAsync(buffer, Cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancellation) > 0)
            {
            }
        }
        catch (IOException)
        {
            // The server reset the connection, because it did not read the body.
        }
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }
}
