using JackAutomotive.Realtime.Access;
using JackAutomotive.Realtime.Transport;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Realtime.Streams;

/// <summary>Starts streams of one lead and streams of many leads.</summary>
internal sealed class StreamStarter(
    Watchers watchers,
    TokenExpiry expiry,
    KeyRevocation revocation,
    IOptions<RealtimeOptions> options)
{
    /// <summary>
    /// Sends the response head and <paramref name="opening"/>, and then starts the stream. Over plain HTTP/1.1 the stream takes over the
    /// connection, and the method returns while the stream continues; otherwise the method returns when the stream has ended. Returns
    /// false if the client disconnected before the stream started.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="opening">The first frames of the stream.</param>
    /// <param name="source">The source of the stream's events. The watcher leaves the source when the stream has ended.</param>
    /// <param name="beginAsync">Sends the events that the client missed, and adds the watcher to the source for live events.</param>
    public async Task<bool> RunAsync(
        HttpContext context,
        byte[] opening,
        IWatchSource source,
        Func<Watcher, CancellationToken, Task> beginAsync)
    {
        if (await OpenAsync(context, opening) is not { } output)
        {
            return false;
        }

        var watcher = new Watcher(output, source, watchers);
        watcher.DisposeAtEnd(context.Features.Get<Admission>()?.TakeOver());
        watchers.Add(watcher);
        var viewer = Viewer.Of(context.User);
        watcher.DisposeAtEnd(expiry.Schedule(viewer, EndWithRetry));
        watcher.DisposeAtEnd(revocation.Watch(viewer, EndWithRetry));
        output.OnDisconnected(static watcher => ((Watcher)watcher!).Abort(AbortReason.ClientDisconnected), watcher);
        try
        {
            await beginAsync(watcher, context.RequestAborted);
        }
        catch
        {
            watcher.Abort(context.RequestAborted.IsCancellationRequested ? AbortReason.ClientDisconnected : AbortReason.StartFailed);
            if (!context.RequestAborted.IsCancellationRequested)
            {
                throw;
            }
        }

        if (output is HttpOutput response)
        {
            await response.WaitUntilEndedAsync();
        }

        return true;

        // The client must authenticate again.
        void EndWithRetry() => watcher.End(StreamFrames.CreateRetryFrame());
    }

    // Sends the response head and the opening in one write. Returns null if the client has already disconnected.
    private async Task<IStreamOutput?> OpenAsync(HttpContext context, byte[] opening)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store, no-transform";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();

        // Kestrel's minimum data rate would end the stream of a client that only pauses. RealtimeOptions.WriteTimeout applies instead.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;
        }

        var written = await context.Response.BodyWriter.WriteAsync(opening, CancellationToken.None);
        if (written.IsCompleted)
        {
            return null;
        }

        if (StreamConnection.Of(context) is not { } connection)
        {
            return new HttpOutput(context);
        }

        connection.TakeOver(options.Value.WriteTimeout);
        return connection;
    }
}
