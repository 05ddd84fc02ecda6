using System.Net;

namespace JackAutomotive.IngestLoad;

/// <summary>Accepts telemetry (OTLP over HTTP) and discards it, so that only the cost of the export is measured.</summary>
internal static class TelemetrySink
{
    /// <summary>Serves until the process is ended.</summary>
    /// <param name="address">The URL to listen on, for example <c>http://localhost:4319/</c>.</param>
    public static async Task RunAsync(string address)
    {
        using var listener = new HttpListener();
        listener.Prefixes.Add(address);
        listener.Start();
        while (true)
        {
            var context = await listener.GetContextAsync();
            await context.Request.InputStream.CopyToAsync(Stream.Null);
            context.Response.ContentType = "application/x-protobuf";
            context.Response.Close();
        }
    }
}
