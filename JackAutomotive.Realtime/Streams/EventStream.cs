using System.Reflection;
using JackAutomotive.Contract;
using JackAutomotive.Realtime.Access;
using JackAutomotive.Realtime.Connections;
using JackAutomotive.Realtime.Presence;
using JackAutomotive.Realtime.Snapshot;
using JackAutomotive.Realtime.Telemetry;
using Microsoft.AspNetCore.Http.Metadata;
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
    StreamStarter starter,
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

    /// <summary>Runs the stream. Gives <paramref name="feed"/> back when it has ended.</summary>
    public async Task RunAsync(HttpContext context, LeadFeed feed, StreamStart start)
    {
        var name = Viewer.Of(context.User).Name;
        var began = await starter.RunAsync(
            context,
            StreamFrames.Opening(feed.Lead, start, instance),
            feed,
            (watcher, cancellationToken) => BeginAsync(watcher, feed, start, name, cancellationToken));
        if (!began)
        {
            feeds.Release(feed);
        }
    }

    private async Task BeginAsync(Watcher watcher, LeadFeed feed, StreamStart start, string name, CancellationToken cancellationToken)
    {
        if (start.WithSnapshot)
        {
            start = await SendSnapshotAsync(watcher, feed.Lead, start, cancellationToken);
        }

        await CatchUpAsync(watcher, feed, start, cancellationToken);
        watcher.Hold(presence.Enter(feed.Lead, name, watcher));
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

                await watcher.ReplayAsync(Block.Of(snapshot.Frame.Span));
                return new StreamStart(snapshot.Seq, snapshot.Seq, IsReset: false);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                LogReplayWaits(lead, e);
                await watcher.ReplayAsync(StreamFrames.Comment);
                await Task.Delay(s_replayRetry, time, cancellationToken);
            }
        }
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
