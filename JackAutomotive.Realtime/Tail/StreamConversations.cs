using JackAutomotive.Contracts;
using JackAutomotive.Realtime.Access;
using JackAutomotive.Realtime.Feeds;
using JackAutomotive.Realtime.Streams;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace JackAutomotive.Realtime.Tail;

/// <summary>
/// <c>GET /api/stream/conversations?lead=&amp;type=</c>: streams the events of all leads, or of several, on one connection.
/// <code>
/// retry: 2731
///
/// id: 90111
/// event: ready
/// data: {"position":90111,"instance":"…"}
///
/// id: 90112
/// event: sms_received
/// data: {"leadId":"…","seq":5,"type":"sms_received","occurredAt":"…","data":{…}}
///
/// id: 90140
///
/// </code>
/// The id is the event's place in the log of all leads. The events of one lead arrive in the order of their seqs, each exactly once. A
/// client resumes as on the stream of one lead. A frame with only an id moves the resume point of a client whose filter matched no
/// event for a while.
/// </summary>
internal static class StreamConversations
{
    /// <summary>The most leads that one request can name.</summary>
    public const int MaxLeads = 100;

    public static async Task<Results<TailStream, ProblemHttpResult>> Handle(
        [FromQuery(Name = "lead")] string[] leads,
        [FromQuery(Name = "type")] string[] types,
        [FromHeader(Name = "Last-Event-ID")] string? lastEventIdHeader,
        [FromQuery(Name = "lastEventId")] string? lastEventIdQuery,
        HttpContext context,
        LogTailProvider tails,
        TailStreams streams,
        TailLog tailLog,
        LeadLog leadLog,
        LogReadSlots slots,
        IHostApplicationLifetime lifetime,
        CancellationToken cancellationToken)
    {
        // A browser that reconnects sends the header and repeats the URL of its first request, so the header is newer.
        var lastEventId = string.IsNullOrEmpty(lastEventIdHeader) ? lastEventIdQuery : lastEventIdHeader;
        if (!StreamConversation.TryReadEventId(lastEventId, out var lastSeen))
        {
            return Problems.InvalidEventId();
        }

        if (!TryReadFilter(leads, types, out var filter, out var problem))
        {
            return problem!;
        }

        if (!MayWatch(Viewer.Of(context.User), filter))
        {
            return Problems.LeadNotAllowed();
        }

        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            context.Response.Headers.RetryAfter = "1";
            return Problems.Stopping();
        }

        try
        {
            if (filter.Leads is not null && await FindUnknownLeadAsync(filter.Leads, leadLog, slots, cancellationToken) is { } unknown)
            {
                return Problems.UnknownLeadField("lead", unknown);
            }

            return await OpenAsync(filter, lastSeen, tails, streams, tailLog, slots, cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            context.Response.Headers.RetryAfter = "5";
            return Problems.LogUnavailable();
        }
    }

    // A token that names leads opens streams of these leads only, and never the stream of all leads.
    private static bool MayWatch(Viewer viewer, TailFilter filter) =>
        viewer.Leads is null || (filter.Leads is { } leads && leads.All(viewer.MayWatch));

    private static async Task<TailStream> OpenAsync(
        TailFilter filter,
        long? lastSeen,
        LogTailProvider tails,
        TailStreams streams,
        TailLog log,
        LogReadSlots slots,
        CancellationToken cancellationToken)
    {
        var tail = await tails.OpenAsync(cancellationToken);
        try
        {
            // The client may have read from an instance that is ahead of this one, so only Postgres knows whether the place exists.
            var newest = tail.Place;
            var isReset = lastSeen > newest && lastSeen > await slots.ReadForRequestAsync(log.FindNewestPlaceAsync, cancellationToken);
            var after = isReset ? newest : lastSeen ?? newest;
            return new TailStream(streams, tail, filter, new StreamStart(after, Math.Max(after, newest), isReset));
        }
        catch
        {
            tails.Release();
            throw;
        }
    }

    private static bool TryReadFilter(string[] leads, string[] types, out TailFilter filter, out ProblemHttpResult? problem)
    {
        filter = new TailFilter(null, null);
        if (leads.Length > MaxLeads)
        {
            problem = Problems.TooManyLeads(MaxLeads);
            return false;
        }

        var ids = new HashSet<LeadId>();
        foreach (var text in leads)
        {
            if (!LeadId.TryParse(text, null, out var lead))
            {
                problem = Problems.InvalidLeadIdField("lead");
                return false;
            }

            ids.Add(lead);
        }

        if (types.Except(LeadEventCatalogue.FilterableTypes).Any())
        {
            problem = Problems.UnknownType("type", LeadEventCatalogue.FilterableTypes);
            return false;
        }

        filter = new TailFilter(ids.Count == 0 ? null : ids, types.Length == 0 ? null : types.ToHashSet(StringComparer.Ordinal));
        problem = null;
        return true;
    }

    private static async Task<LeadId?> FindUnknownLeadAsync(
        IReadOnlySet<LeadId> leads, LeadLog log, LogReadSlots slots, CancellationToken cancellationToken)
    {
        var found = await slots.ReadForRequestAsync(cancellation => log.FindSeqsAsync([.. leads], cancellation), cancellationToken);
        return found.Count == leads.Count ? null : leads.Except(found.Select(entry => entry.Lead)).First();
    }
}
