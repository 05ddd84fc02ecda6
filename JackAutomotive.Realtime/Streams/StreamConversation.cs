using System.Globalization;
using JackAutomotive.Contract;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace JackAutomotive.Realtime.Events;

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
/// The id is the event's position in the lead's log. A client that names the last one it saw, as <c>Last-Event-ID</c> or, for a
/// first request that cannot set headers, <c>?lastEventId=</c>, gets everything after it; one that names none starts at the
/// newest. One that names an event the log does not have gets <c>event: reset</c>: what it knows is of another log, and it has
/// to read the lead again. With <c>?snapshot=true</c> a client that resumes nothing is sent the lead and its newest events first, see
/// <see cref="Snapshot.LeadSnapshot"/>.
/// </summary>
internal static class StreamConversation
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

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
            return Problems.NotALeadId();
        }

        // A browser that reconnects sends the header and repeats the address of its first request: the header is newer.
        if (!TryReadSeq(string.IsNullOrEmpty(lastEventIdHeader) ? lastEventIdQuery : lastEventIdHeader, out var lastSeen))
        {
            return Problems.NotAnEventId();
        }

        if (!TryReadFlag(snapshot, out var wantsSnapshot))
        {
            return Problems.NotAFlag("snapshot");
        }

        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            context.Response.Headers.RetryAfter = "1";
            return Problems.Stopping();
        }

        LeadFeed? feed = null;
        var isHandedOver = false;
        try
        {
            feed = await feeds.OpenAsync(lead, cancellationToken);
            if (feed is null)
            {
                return Problems.UnknownLead();
            }

            var start = await StartAsync(feed, lastSeen, positions, cancellationToken);

            // Who resumes has a state already.
            start = start with { WithSnapshot = wantsSnapshot && (lastSeen is null || start.IsReset) };
            isHandedOver = true;
            return new EventStream(streams, feed, start);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            context.Response.Headers.RetryAfter = "5";
            return Problems.LogUnavailable();
        }
        finally
        {
            if (feed is not null && !isHandedOver)
            {
                feeds.Release(feed);
            }
        }
    }

    /// <summary>Reads a Last-Event-ID. None at all is good and gives null.</summary>
    internal static bool TryReadSeq(string? text, out long? seq)
    {
        seq = null;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        var isNumber = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        seq = isNumber ? number : null;
        return isNumber;
    }

    private static bool TryReadFlag(string? text, out bool value)
    {
        value = false;
        return text is null || bool.TryParse(text, out value);
    }

    // Another instance can have shown the client an event whose message did not arrive here yet: only the log knows better.
    private static async Task<StreamStart> StartAsync(LeadFeed feed, long? lastSeen, LeadPositions positions, CancellationToken cancellationToken)
    {
        var newest = feed.Position;
        if (lastSeen > newest)
        {
            newest = await positions.FindAsync(feed.Lead).WaitAsync(s_patience, cancellationToken) ?? newest;
        }

        var isReset = lastSeen > newest;
        return new StreamStart(isReset ? newest : lastSeen ?? newest, newest, isReset);
    }
}
