using System.Reflection;
using JackAutomotive.Contract;
using JackAutomotive.Realtime.Access;
using JackAutomotive.Realtime.Presence;
using JackAutomotive.Realtime.Snapshot;
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
    PresenceBook presence,
    LeadSnapshots snapshots,
    InstanceName instance,
    IOptions<RealtimeOptions> options,
    RealtimeMetrics metrics,
    TimeProvider time,
    ILogger<EventStreams> logger)
{
    private static readonly TimeSpan s_replayRetry = TimeSpan.FromSeconds(1);

    /// <summary>Streams until the client leaves, is cut, or the host stops. Gives <paramref name="feed"/> back.</summary>
    public async Task RunAsync(HttpContext context, LeadFeed feed, StreamStart start)
    {
        var watcher = new Watcher(context.Response.BodyWriter, context.Abort, options.Value, metrics, time);
        var viewer = Viewer.Of(context.User);
        try
        {
            using var membership = watchers.Add(watcher);
            using var end = expiry.Schedule(viewer, watcher.End);
            PrepareResponse(context);
            await StreamAsync(watcher, feed, start, viewer.Name, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left, or was cut.
        }
        finally
        {
            feed.Leave(watcher);
            feeds.Release(feed);
        }
    }

    /// <summary>What every stream's head needs.</summary>
    internal static void PrepareResponse(HttpContext context)
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
    }

    private async Task StreamAsync(Watcher watcher, LeadFeed feed, StreamStart start, string name, CancellationToken cancellationToken)
    {
        if (!await watcher.WriteAsync(StreamFrames.Opening(feed.Lead, start, instance), 0, cancellationToken))
        {
            return;
        }

        if (start.WithSnapshot)
        {
            start = await SendSnapshotAsync(watcher, feed.Lead, start, cancellationToken);
        }

        if (!await CatchUpAsync(watcher, feed, start, cancellationToken))
        {
            return;
        }

        using var isPresent = presence.Enter(feed.Lead, name, watcher);
        if (await watcher.PumpAsync(cancellationToken))
        {
            await watcher.WriteAsync(StreamFrames.Farewell(), 0, cancellationToken);
        }
    }

    private async Task<StreamStart> SendSnapshotAsync(Watcher watcher, LeadId lead, StreamStart start, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (await snapshots.TakeAsync(lead, cancellationToken) is not { } snapshot)
                {
                    return start;
                }

                await watcher.WriteAsync(snapshot.Frame, 1, cancellationToken);
                return new StreamStart(snapshot.Seq, snapshot.Seq, IsReset: false);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                LogReplayWaits(lead, e);
                await watcher.WriteAsync(StreamFrames.Comment, 0, cancellationToken);
                await Task.Delay(s_replayRetry, time, cancellationToken);
            }
        }
    }

    // Not bounded by the backlog, which would cut a client that was away for long, again and again: each page waits for the one before.
    private async Task<bool> CatchUpAsync(Watcher watcher, LeadFeed feed, StreamStart start, CancellationToken cancellationToken)
    {
        if (start.After < start.Newest)
        {
            metrics.ReplayStarted();
        }

        var after = start.After;
        while (!watcher.IsEnding && !feed.TryJoin(watcher, after))
        {
            var page = await ReadPageAsync(feed.Lead, after, cancellationToken);
            if (!await watcher.WriteAsync(page, cancellationToken))
            {
                return false;
            }

            after = page.Count == 0 ? after : page[^1].Seq;
            metrics.Replayed(page.Count);
        }

        return true;
    }

    // While Postgres is away the replay waits; the client sees comments.
    private async Task<List<LeadMessage>> ReadPageAsync(LeadId lead, long after, CancellationToken cancellationToken)
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
