using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>What the HTTP server takes from anybody, said here rather than left to its defaults.</summary>
internal static class ServerLimits
{
    public static void AddServerLimits(this IHostApplicationBuilder builder) =>
        builder.Services.Configure<KestrelServerOptions>(server =>
        {
            server.AddServerHeader = false;
            var limits = server.Limits;

            // The providers send about ten headers of a hundred bytes, proxies add a few; a target holds a path and a short query.
            limits.MaxRequestLineSize = 8 * 1024;
            limits.MaxRequestHeaderCount = 64;
            limits.MaxRequestHeadersTotalSize = 16 * 1024;

            // Of our own API; webhooks have limits of their own, see WebhookEndpoint.
            limits.MaxRequestBodySize = 1024 * 1024;

            // Slow senders are cut off (and counted by kestrel.connection.duration, error.type): Twilio itself gives up after 15 s,
            // and nobody who sends from a data centre needs a minute for 64 KiB.
            limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(5));
            limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        });
}
