using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using JackAutomotive.Tests.Architecture;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>An S3-compatible server for the tests of one class, in a separate process.</summary>
public sealed class S3Server : IAsyncLifetime
{
    public const string Bucket = "jack";
    public const string Key = "S3RVER";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jack-s3-");
    private Process? _process;

    public string Endpoint { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var port = FreePort();
        Endpoint = $"http://127.0.0.1:{port}";
        _process = Process.Start(new ProcessStartInfo(
            Path.Combine(Checkout.Root, "eng", "s3rver.sh"), ["run", $"{port}", _folder.FullName, Bucket]))!;
        using var client = new HttpClient();
        await Wait.UntilAsync(
            async () =>
            {
                try
                {
                    using var answer = await client.GetAsync(new Uri(Endpoint));
                    return true;
                }
                catch (HttpRequestException) when (!_process.HasExited)
                {
                    return false;
                }
            },
            "the S3 server to answer");
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
