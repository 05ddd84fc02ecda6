using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>Sets the HTTP server's limits for every sender. They replace the framework's defaults.</summary>
internal static class ServerLimits
{
    public static void AddServerLimits(this IHostApplicationBuilder builder) =>
        builder.Services.Configure<KestrelServerOptions>(server =>
        {
            server.AddServerHeader = false;
            var limits = server.Limits;

            // The providers send about ten headers of a hundred bytes, and proxies add a few. A request target consists of a path and a short
            // query, but a text that Twilio sends with GET is in the query: 1,600 characters, of which each may take nine bytes or more.
            limits.MaxRequestLineSize = 24 * 1024;
            limits.MaxRequestHeaderCount = 64;
            limits.MaxRequestHeadersTotalSize = 16 * 1024;

            // Applies to this service's own API. Webhooks have separate limits; see WebhookEndpoint.
            limits.MaxRequestBodySize = 1024 * 1024;

            // The server disconnects slow senders (kestrel.connection.duration counts them by error.type). Twilio's own limit is 15 s. A
            // body that trickles occupies a slot, and its signature is not verified yet: at this rate 64 KiB take 4 s and 256 KiB 16 s.
            limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 16 * 1024, gracePeriod: TimeSpan.FromSeconds(5));
            limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        });
}
