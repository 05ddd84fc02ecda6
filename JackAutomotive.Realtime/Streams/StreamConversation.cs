using System.Globalization;
using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Feeds;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace JackAutomotive.Realtime.Streams;

/// <summary>
/// <c>GET /api/stream/conversation/{leadId}</c>: everything that happens to one lead, as Server-Sent Events.
/// <code>
/// retry: 2731
///
/// id: 4
/// event: ready
/// data: {"leadId":"…","seq":4,"instance":"…"}
///
/// id: 5
/// event: sms_received
/// data: {"leadId":"…","seq":5,"type":"sms_received","occurredAt":"…","data":{…}}
///
/// : hb
///
/// </code>
/// The id is the event's position in the lead's log.
/// A client resumes with the id of the last event that it got: in the header <c>Last-Event-ID</c> or, if the client cannot set headers,
/// in <c>?lastEventId=</c>. The client then gets every later event. A client without an id starts after the newest event.
/// A client whose id is beyond the log gets <c>event: reset</c>: its state comes from another log, so it must read the lead again.
/// With <c>?snapshot=true</c>, a client without an id, or with a reset, first gets the lead and its newest events, see
/// <see cref="LeadSnapshot"/>.
/// </summary>
internal static class StreamConversation
{
    private static readonly TimeSpan s_findTimeout = TimeSpan.FromSeconds(5);

    public static async Task<Results<EventStream, ProblemHttpResult>> Handle(
        string leadId,
        [FromHeader(Name = "Last-Event-ID")] string? lastEventIdHeader,
        [FromQuery(Name = "lastEventId")] string? lastEventIdQuery,
        [FromQuery(Name = "snapshot")] string? snapshot,
        HttpContext context,
        LeadFeeds feeds,
        EventStreams streams,
        LeadPositions positions,
        IHostApplicationLifetime lifetime,
        CancellationToken cancellationToken)
    {
        if (!LeadId.TryParse(leadId, null, out var lead))
        {
            return Problems.InvalidLeadId();
        }

        // A browser that reconnects sends the header and repeats the URL of its first request, so the header has the newer id.
        if (!TryReadEventId(string.IsNullOrEmpty(lastEventIdHeader) ? lastEventIdQuery : lastEventIdHeader, out var lastSeen))
        {
            return Problems.InvalidEventId();
        }

        if (!TryReadFlag(snapshot, out var wantsSnapshot))
        {
            return Problems.InvalidBooleanField("snapshot");
        }

        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            context.Response.Headers.RetryAfter = "1";
            return Problems.Stopping();
        }

        LeadFeed? feed = null;
        var isFeedTakenOver = false;
        try
        {
            feed = await feeds.OpenAsync(lead, cancellationToken);
            if (feed is null)
            {
                return Problems.UnknownLead();
            }

            var start = await FindStartAsync(feed, lastSeen, positions, cancellationToken);

            // A client that resumes already has the lead's state.
            start = start with { WithSnapshot = wantsSnapshot && (lastSeen is null || start.IsReset) };
            isFeedTakenOver = true;
            return new EventStream(streams, feed, start);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            context.Response.Headers.RetryAfter = "5";
            return Problems.LogUnavailable();
        }
        finally
        {
            if (feed is not null && !isFeedTakenOver)
            {
                feeds.Release(feed);
            }
        }
    }

    /// <summary>Parses the id of a client's last event. A missing id is valid and becomes null.</summary>
    internal static bool TryReadEventId(string? text, out long? eventId)
    {
        eventId = null;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        var isNumber = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        eventId = isNumber ? number : null;
        return isNumber;
    }

    private static bool TryReadFlag(string? text, out bool value)
    {
        value = false;
        return text is null || bool.TryParse(text, out value);
    }

    // Another instance may have sent the client an event before the event reaches this instance. Only the log shows whether the client's
    // last event exists.
    private static async Task<StreamStart> FindStartAsync(
        LeadFeed feed, long? lastSeen, LeadPositions positions, CancellationToken cancellationToken)
    {
        var newest = feed.Position;
        if (lastSeen > newest)
        {
            newest = await positions.FindAsync(feed.Lead).WaitAsync(s_findTimeout, cancellationToken) ?? newest;
        }

        var isReset = lastSeen > newest;
        return new StreamStart(isReset ? newest : lastSeen ?? newest, newest, isReset);
    }
}
