using System.Reflection;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Access;
using JackAutomotive.Realtime.Presence;
using JackAutomotive.Realtime.Streams;
using JackAutomotive.Realtime.Telemetry;
using JackAutomotive.Realtime.Transport;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.Realtime.Tail;

/// <summary>The result of a valid request for a stream of many leads.</summary>
internal sealed class TailStream(TailStreams streams, LogTail tail, TailFilter filter, StreamStart start) : IResult, IEndpointMetadataProvider
{
    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext) => streams.RunAsync(httpContext, tail, filter, start);

    /// <inheritdoc/>
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(void), ["text/event-stream"]));
}

/// <summary>Runs streams of many leads: sends the head and <c>ready</c> at once, then the events that the client missed, then live events.</summary>
internal sealed partial class TailStreams(
    StreamStarter starter,
    LogTailProvider tails,
    TailLog log,
    PresenceRegistry presence,
    InstanceName instance,
    IOptions<RealtimeOptions> options,
    RealtimeMetrics metrics,
    TimeProvider time,
    ILogger<TailStreams> logger)
{
    private const int PageBytes = 64 * 1024;

    private static readonly TimeSpan s_replayRetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>Runs the stream. Releases the tail when the stream ends or cannot begin.</summary>
    public async Task RunAsync(HttpContext context, LogTail tail, TailFilter filter, StreamStart start)
    {
        var name = Viewer.Of(context.User).Name;
        var follower = new TailFollower(tail, tails, filter);
        var hasBegun = await starter.RunAsync(context, TailFrames.BuildOpening(start, instance), follower, BeginAsync);
        if (!hasBegun)
        {
            tails.Release();
        }

        async Task BeginAsync(Watcher watcher, CancellationToken cancellationToken)
        {
            follower.Watcher = watcher;
            await CatchUpAsync(follower, tail, start, cancellationToken);

            // A stream of all leads adds no presence: its viewer watches no lead in particular.
            watcher.DisposeAtEnd(presence.Enter(filter.Leads ?? new HashSet<LeadId>(), name, watcher));
        }
    }

    // As on the stream of one lead, the backlog limit does not apply: each page waits until the client has accepted the previous one.
    private async Task CatchUpAsync(TailFollower follower, LogTail tail, StreamStart start, CancellationToken cancellationToken)
    {
        if (start.After < start.Newest)
        {
            metrics.CountResumedStream();
        }

        var after = start.After;
        while (!follower.Watcher.IsEnding && !tail.TryJoin(follower, after))
        {
            var page = tail.ReadRecent(follower.Filter, after, PageBytes)
                ?? await ReadPageAsync(follower.Filter, after, tail.Place, cancellationToken);
            var block = page.Frames.Count > 0 ? Block.Of(page.Frames) : TailFrames.BuildResumePoint(page.After);
            if (await follower.Watcher.ReplayAsync(block))
            {
                after = page.After;
                metrics.CountSent(page.Frames.Count, block.Length);
            }
        }
    }

    // While Postgres is unavailable, the replay waits and sends the client its resume point again.
    private async Task<TailPage> ReadPageAsync(TailFilter filter, long after, long upTo, CancellationToken cancellationToken)
    {
        try
        {
            var page = await log.ReplayAsync(filter, after, upTo, options.Value.PageSize, cancellationToken);
            metrics.CountReplayed(page.Frames.Count);
            return page;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            LogReplayWaits(e);
            await Task.Delay(s_replayRetryDelay, time, cancellationToken);
            return new TailPage([], after);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The log of all leads cannot be read; a replay waits")]
    private partial void LogReplayWaits(Exception exception);
}
