using System.Reflection;
using JackAutomotive.Contract;
using JackAutomotive.Realtime.Access;
using JackAutomotive.Realtime.Events;
using JackAutomotive.Realtime.Presence;
using JackAutomotive.Realtime.Telemetry;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.Realtime.Tail;

/// <summary>The answer to a request for a stream of many leads that was found good.</summary>
internal sealed class TailStream(TailStreams streams, LogTail tail, TailFilter filter, StreamStart start) : IResult, IEndpointMetadataProvider
{
    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext) => streams.RunAsync(httpContext, tail, filter, start);

    /// <inheritdoc/>
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(void), ["text/event-stream"]));
}

/// <summary>Runs streams of many leads: head and <c>ready</c> at once, then what the client missed, then live.</summary>
internal sealed partial class TailStreams(
    Watchers watchers,
    TokenExpiry expiry,
    LogTails tails,
    TailLog log,
    PresenceBook presence,
    InstanceName instance,
    IOptions<RealtimeOptions> options,
    RealtimeMetrics metrics,
    TimeProvider time,
    ILogger<TailStreams> logger)
{
    private const int PageBytes = 64 * 1024;

    private static readonly TimeSpan s_replayRetry = TimeSpan.FromSeconds(1);

    /// <summary>Streams until the client leaves, is cut, or the host stops. Gives the tail back.</summary>
    public async Task RunAsync(HttpContext context, LogTail tail, TailFilter filter, StreamStart start)
    {
        var watcher = new Watcher(context.Response.BodyWriter, context.Abort, options.Value, metrics, time);
        var member = new TailMember(watcher, filter);
        var viewer = Viewer.Of(context.User);
        try
        {
            using var membership = watchers.Add(watcher);
            using var end = expiry.Schedule(viewer, watcher.End);
            EventStreams.PrepareResponse(context);
            await StreamAsync(member, tail, start, viewer.Name, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left, or was cut.
        }
        finally
        {
            tail.Leave(member);
            tails.Release();
        }
    }

    private async Task StreamAsync(TailMember member, LogTail tail, StreamStart start, string name, CancellationToken cancellationToken)
    {
        var watcher = member.Watcher;
        if (!await watcher.WriteAsync(TailFrames.Opening(start, instance), 0, cancellationToken)
            || !await CatchUpAsync(member, tail, start, cancellationToken))
        {
            return;
        }

        // Who follows all leads watches none in particular.
        using var isPresent = presence.Enter(member.Filter.Leads ?? new HashSet<LeadId>(), name, watcher);
        if (await watcher.PumpAsync(cancellationToken))
        {
            await watcher.WriteAsync(StreamFrames.Farewell(), 0, cancellationToken);
        }
    }

    // As on the stream of one lead, not bounded by the backlog: each page waits for the one before.
    private async Task<bool> CatchUpAsync(TailMember member, LogTail tail, StreamStart start, CancellationToken cancellationToken)
    {
        if (start.After < start.Newest)
        {
            metrics.ReplayStarted();
        }

        var after = start.After;
        while (!member.Watcher.IsEnding && !tail.TryJoin(member, after))
        {
            var page = tail.Recall(member.Filter, after, PageBytes)
                ?? await ReadPageAsync(member.Filter, after, tail.Position, cancellationToken);
            if (!await WriteAsync(member.Watcher, page, cancellationToken))
            {
                return false;
            }

            after = page.After;
        }

        return true;
    }

    // While Postgres is away the replay waits; the client is sent its resume point again.
    private async Task<TailPage> ReadPageAsync(TailFilter filter, long after, long upTo, CancellationToken cancellationToken)
    {
        try
        {
            var page = await log.ReplayAsync(filter, after, upTo, options.Value.PageSize, cancellationToken);
            metrics.Replayed(page.Frames.Count);
            return page;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            LogReplayWaits(e);
            await Task.Delay(s_replayRetry, time, cancellationToken);
            return new TailPage([], after);
        }
    }

    private static ValueTask<bool> WriteAsync(Watcher watcher, TailPage page, CancellationToken cancellationToken)
    {
        if (page.Frames.Count == 0)
        {
            return watcher.WriteAsync(TailFrames.ResumePoint(page.After), 0, cancellationToken);
        }

        var (bytes, length) = (new byte[page.Frames.Sum(frame => frame.Length)], 0);
        foreach (var frame in page.Frames)
        {
            frame.CopyTo(bytes.AsMemory(length));
            length += frame.Length;
        }

        return watcher.WriteAsync(bytes, page.Frames.Count, cancellationToken);
    }

    [LoggerMessage(LogLevel.Warning, "The log of all leads cannot be read; a replay waits")]
    private partial void LogReplayWaits(Exception exception);
}
