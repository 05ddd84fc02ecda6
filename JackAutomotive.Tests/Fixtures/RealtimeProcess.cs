using System.Net;
using System.Net.Http.Headers;

namespace JackAutomotive.Tests.Fixtures;

/// <summary>The Realtime service as a separate process.</summary>
/// <param name="fixture">The database and the Redis of the process.</param>
/// <param name="settings">Environment variables of the process.</param>
internal sealed class RealtimeProcess(RealtimeFixture fixture, params (string Name, string Value)[] settings)
    : ServiceProcess(
        "JackAutomotive.Realtime",
        [
            ("ConnectionStrings__crm", fixture.DatabaseConnection),
            ("ConnectionStrings__redis", fixture.RedisConnection),
            ("STREAM_TOKEN_SECRET", RealtimeFixture.TokenSecret),
            .. settings,
        ])
{
    /// <summary>Creates a client that sends the test's API key and uses only the given version of HTTP.</summary>
    public HttpClient NewClient(Version? version = null, HttpMessageHandler? handler = null, bool disposeHandler = true)
    {
        var client = new HttpClient(handler ?? new SocketsHttpHandler(), disposeHandler)
        {
            BaseAddress = Addresses[0],
            Timeout = TimeSpan.FromSeconds(30),
            DefaultRequestVersion = version ?? HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RealtimeFixture.Key);
        return client;
    }
}
