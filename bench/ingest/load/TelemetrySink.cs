using System.Net;

namespace JackAutomotive.IngestLoad;

/// <summary>Takes what a service exports (OTLP over HTTP) and forgets it: only the export's own cost counts.</summary>
internal static class TelemetrySink
{
    /// <summary>Serves until the process is ended.</summary>
    /// <param name="address">For example <c>http://localhost:4319/</c>.</param>
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
