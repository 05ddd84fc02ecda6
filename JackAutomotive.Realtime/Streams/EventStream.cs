using System.Reflection;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Access;
using JackAutomotive.Realtime.Feeds;
using JackAutomotive.Realtime.Presence;
using JackAutomotive.Realtime.Telemetry;
using JackAutomotive.Realtime.Transport;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.Realtime.Streams;

/// <summary>The result of a valid stream request; executing it runs the stream.</summary>
internal sealed class EventStream(EventStreams streams, LeadFeed feed, StreamStart start) : IResult, IEndpointMetadataProvider
{
    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext) => streams.RunAsync(httpContext, feed, start);

    /// <inheritdoc/>
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(void), ["text/event-stream"]));
}

/// <summary>
/// Runs the streams of single leads. A stream sends the response head and <c>ready</c> at once, then the events that the client missed,
/// then live events. The subscription is active before the replay begins, and the watcher joins the feed exactly where the replay ended,
/// so the stream has neither gaps nor duplicates.
/// </summary>
internal sealed partial class EventStreams(
    StreamStarter starter,
    LeadFeeds feeds,
    LeadLog log,
    MissingEvents missing,
    PresenceRegistry presence,
    LeadSnapshots snapshots,
    InstanceName instance,
    IOptions<RealtimeOptions> options,
    RealtimeMetrics metrics,
    TimeProvider time,
    ILogger<EventStreams> logger)
{
    private static readonly TimeSpan s_replayRetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>Runs the stream. The end of the stream releases <paramref name="feed"/>.</summary>
    public async Task RunAsync(HttpContext context, LeadFeed feed, StreamStart start)
    {
        var viewerName = Viewer.Of(context.User).Name;
        var hasStarted = await starter.RunAsync(
            context,
            StreamFrames.CreateOpening(feed.Lead, start, instance),
            feed,
            (watcher, cancellationToken) => BeginStreamAsync(watcher, feed, start, viewerName, cancellationToken));
        if (!hasStarted)
        {
            feeds.Release(feed);
        }
    }

    private async Task BeginStreamAsync(
        Watcher watcher, LeadFeed feed, StreamStart start, string viewerName, CancellationToken cancellationToken)
    {
        if (start.WithSnapshot)
        {
            start = await SendSnapshotAsync(watcher, feed.Lead, start, cancellationToken);
        }

        await ReplayMissedAsync(watcher, feed, start, cancellationToken);
        watcher.DisposeAtEnd(presence.Enter(feed.Lead, viewerName, watcher));
    }

    private async Task<StreamStart> SendSnapshotAsync(Watcher watcher, LeadId lead, StreamStart start, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (await snapshots.ReadAsync(lead, cancellationToken) is not { } snapshot)
                {
                    return start;
                }

                await watcher.ReplayAsync(Block.Of(snapshot.Frame.Span));
                return new StreamStart(snapshot.Seq, snapshot.Seq, IsReset: false);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                LogReplayWaits(lead, e);
                await watcher.ReplayAsync(StreamFrames.Heartbeat);
                await Task.Delay(s_replayRetryDelay, time, cancellationToken);
            }
        }
    }

    // A replay waits until the client has taken each page. The backlog does not limit a replay, because it would cut a client that missed
    // many events on every attempt.
    private async Task ReplayMissedAsync(Watcher watcher, LeadFeed feed, StreamStart start, CancellationToken cancellationToken)
    {
        if (start.After < start.Newest)
        {
            metrics.CountResumedStream();
        }

        var after = start.After;
        while (!watcher.IsEnding && !feed.TryJoin(watcher, after))
        {
            var position = feed.Position;
            if (await TryReadPageAsync(feed.Lead, after, position, cancellationToken) is not { } page)
            {
                await watcher.ReplayAsync(StreamFrames.Heartbeat);
            }
            else if (page.Count == 0)
            {
                // The log had reached the feed's position before the query, so the events up to there do not exist and never will.
                after = Math.Max(after, position);
            }
            else
            {
                after = await SendPageAsync(watcher, page) ? page[^1].Seq : after;
            }
        }
    }

    private async Task<bool> SendPageAsync(Watcher watcher, List<FeedEvent> page)
    {
        var block = FeedEvent.Combine(page);
        if (!await watcher.ReplayAsync(block))
        {
            return false;
        }

        metrics.CountReplayed(page.Count);
        metrics.CountSent(page.Count, block.Length);
        return true;
    }

    // Returns null while Postgres is unavailable. The replay then waits, and the client gets heartbeats.
    private async Task<List<FeedEvent>?> TryReadPageAsync(LeadId lead, long after, long position, CancellationToken cancellationToken)
    {
        try
        {
            var page = await log.ReadAsync(lead, after, options.Value.PageSize, cancellationToken);
            missing.ReportHoles(lead, after, page);
            if (page.Count == 0 && await log.HasLeadAsync(lead, cancellationToken))
            {
                missing.Report(lead, after + 1, position);
            }

            return page;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            LogReplayWaits(lead, e);
            await Task.Delay(s_replayRetryDelay, time, cancellationToken);
            return null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The log of lead {Lead} cannot be read; a replay waits")]
    private partial void LogReplayWaits(LeadId lead, Exception exception);
}
