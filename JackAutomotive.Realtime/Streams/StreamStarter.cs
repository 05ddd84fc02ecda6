using JackAutomotive.Realtime.Access;
using JackAutomotive.Realtime.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;

namespace JackAutomotive.Realtime.Events;

/// <summary>Begins streams, whatever they show.</summary>
internal sealed class StreamStarter(Watchers watchers, TokenExpiry expiry, IOptions<RealtimeOptions> options)
{
    /// <summary>
    /// Sends head and opening, and then begins the stream, which from there on lives on its own: over HTTP/1.1 the request ends here,
    /// else it lasts as long as the stream. False if the client had gone before anything began.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="opening">What the stream starts with.</param>
    /// <param name="watched">What it shows; the watcher leaves it when the stream has ended.</param>
    /// <param name="beginAsync">Sends what the client missed, and has the watcher join what is live.</param>
    public async Task<bool> RunAsync(
        HttpContext context,
        byte[] opening,
        IWatched watched,
        Func<Watcher, CancellationToken, Task> beginAsync)
    {
        if (await OpenAsync(context, opening) is not { } output)
        {
            return false;
        }

        var watcher = new Watcher(output, watched, watchers);
        watcher.Hold(context.Features.Get<Admission>()?.Take());
        watcher.Hold(expiry.Schedule(Viewer.Of(context.User), () => watcher.End(StreamFrames.Farewell())));
        watchers.Add(watcher);
        output.WhenGone(static watcher => ((Watcher)watcher!).Abort(), watcher);
        try
        {
            await beginAsync(watcher, context.RequestAborted);
        }
        catch
        {
            watcher.Abort();
            if (!context.RequestAborted.IsCancellationRequested)
            {
                throw;
            }
        }

        if (output is HttpOutput response)
        {
            await response.UntilEndedAsync();
        }

        return true;
    }

    // The head and the opening leave together. Null if the client has gone already.
    private async Task<IStreamOutput?> OpenAsync(HttpContext context, byte[] opening)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store, no-transform";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();

        // Kestrel would end a stream that is merely quiet on the client's side; the write timeout is the rule here.
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
