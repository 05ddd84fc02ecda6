using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using JackAutomotive.Tests.Fixtures;

namespace JackAutomotive.Tests.Realtime.Clients;

/// <summary>The service with a self-signed certificate from Kestrel's settings, and clients that trust only that certificate.</summary>
public sealed class TlsService(Servers servers) : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("jack-tls-");
    private string _thumbprint = "";

    internal RealtimeFixture Fixture { get; } = new(servers);

    internal RealtimeProcess Process { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Fixture.InitializeAsync();
        using var key = ECDsa.Create();
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        _thumbprint = certificate.Thumbprint;
        var (certificateFile, keyFile) = (Path.Combine(_folder.FullName, "certificate"), Path.Combine(_folder.FullName, "key"));
        await File.WriteAllTextAsync(certificateFile, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(keyFile, key.ExportPkcs8PrivateKeyPem());
        Process = new RealtimeProcess(
            Fixture,
            ("Kestrel__Endpoints__Secure__Url", "https://127.0.0.1:0"),
            ("Kestrel__Certificates__Default__Path", certificateFile),
            ("Kestrel__Certificates__Default__KeyPath", keyFile),
            ("Realtime__HeartbeatInterval", "00:00:00.200"),
            ("Realtime__SweepInterval", "00:10:00"));
        await Process.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        await Fixture.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>Creates a handler, whose connections its clients share, and a counter of the connections that the handler opens.</summary>
    internal (SocketsHttpHandler Handler, Func<int> Connections) NewHandler()
    {
        var connections = 0;
        return (
            new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions
                {
                    RemoteCertificateValidationCallback = (_, presented, _, _) =>
                    {
                        Interlocked.Increment(ref connections);
                        return presented?.GetCertHashString() == _thumbprint;
                    },
                },
            },
            () => Volatile.Read(ref connections));
    }

    internal HttpClient NewClient(int version, SocketsHttpHandler handler) =>
        Process.NewClient(version == 2 ? HttpVersion.Version20 : HttpVersion.Version11, handler, disposeHandler: false);
}
