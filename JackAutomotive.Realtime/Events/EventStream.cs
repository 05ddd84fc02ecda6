using System.Reflection;
using JackAutomotive.Contract;
using JackAutomotive.Realtime.Access;
using JackAutomotive.Realtime.Connections;
using JackAutomotive.Realtime.Telemetry;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.Realtime.Events;

/// <summary>The answer to a stream request that was found good.</summary>
internal sealed class EventStream(EventStreams streams, LeadFeed feed, StreamStart start) : IResult, IEndpointMetadataProvider
{
    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext) => streams.RunAsync(httpContext, feed, start);

    /// <inheritdoc/>
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(void), ["text/event-stream"]));
}

/// <summary>
/// Runs streams: head and <c>ready</c> at once, then what the client missed, then live. The feed is subscribed before anything is
/// replayed and the client joins it exactly where the replay ended, so there is neither gap nor double.
/// </summary>
internal sealed partial class EventStreams(
    Watchers watchers,
    TokenExpiry expiry,
    LeadFeeds feeds,
    LeadLog log,
    InstanceName instance,
    IOptions<RealtimeOptions> options,
    RealtimeMetrics metrics,
    TimeProvider time,
    ILogger<EventStreams> logger)
{
    private static readonly TimeSpan s_replayRetry = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Starts the stream, which then lives on its own; over HTTP/1.1 the request ends here, else it lasts as long as the stream.
    /// Gives <paramref name="feed"/> back when the stream has ended.
    /// </summary>
    public async Task RunAsync(HttpContext context, LeadFeed feed, StreamStart start)
    {
        if (await OpenAsync(context, StreamFrames.Opening(feed.Lead, start, instance)) is not { } opened)
        {
            feeds.Release(feed);
            return;
        }

        var watcher = new Watcher(opened, feed, watchers);
        watcher.Hold(context.Features.Get<Admission>()?.Take());
        watcher.Hold(expiry.Schedule(Viewer.Of(context.User), () => watcher.End(StreamFrames.Farewell())));
        watchers.Add(watcher);
        opened.WhenGone(static watcher => ((Watcher)watcher!).Abort(), watcher);
        try
        {
            await CatchUpAsync(watcher, feed, start, context.RequestAborted);
        }
        catch
        {
            watcher.Abort();
            if (!context.RequestAborted.IsCancellationRequested)
            {
                throw;
            }
        }

        if (opened is HttpOutput response)
        {
            await response.UntilEndedAsync();
        }
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

    // Not bounded by the backlog, which would cut a client that was away for long, again and again: each page waits for the one before.
    private async Task CatchUpAsync(Watcher watcher, LeadFeed feed, StreamStart start, CancellationToken cancellationToken)
    {
        if (start.After < start.Newest)
        {
            metrics.ReplayStarted();
        }

        var after = start.After;
        while (!watcher.IsEnding && !feed.TryJoin(watcher, after))
        {
            var page = await ReadPageAsync(feed.Lead, after, cancellationToken);
            if (page.Count == 0)
            {
                await watcher.ReplayAsync(StreamFrames.Comment);
                continue;
            }

            var block = FeedEvent.Glue(page);
            if (await watcher.ReplayAsync(block))
            {
                after = page[^1].Seq;
                metrics.Replayed(page.Count);
                metrics.Sent(page.Count, block.Length);
            }
        }
    }

    // While Postgres is away the replay waits; the client sees comments.
    private async Task<List<FeedEvent>> ReadPageAsync(LeadId lead, long after, CancellationToken cancellationToken)
    {
        try
        {
            var page = await log.ReadAsync(lead, after, options.Value.PageSize, cancellationToken);
            if (page.Count > 0)
            {
                return page;
            }
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            LogReplayWaits(lead, e);
        }

        await Task.Delay(s_replayRetry, time, cancellationToken);
        return [];
    }

    [LoggerMessage(LogLevel.Warning, "The log of lead {Lead} cannot be read; a replay waits")]
    private partial void LogReplayWaits(LeadId lead, Exception exception);
}
