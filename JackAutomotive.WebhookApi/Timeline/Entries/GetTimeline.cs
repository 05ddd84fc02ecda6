using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Analysis;
using JackAutomotive.WebhookApi.Analysis.Results;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Timeline.Entries;

/// <summary>A page of a timeline.</summary>
/// <param name="Items">The entries, in the requested order.</param>
/// <param name="Next">The value of <c>before</c> for the next page; null on the last page.</param>
internal sealed record TimelinePage(IReadOnlyList<TimelineEntry> Items, string? Next);

/// <summary><c>GET /api/leads/{id}/timeline?kind=&amp;order=&amp;before=&amp;limit=</c></summary>
internal static class GetTimeline
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;

    /// <summary>Lists what happened with a lead, over all channels.</summary>
    /// <param name="id">The lead.</param>
    /// <param name="timeline">Reads the timeline.</param>
    /// <param name="analyses">Tells whether the lead exists.</param>
    /// <param name="cancellationToken">Signals that the client has disconnected.</param>
    /// <param name="kind">Lists only entries of these kinds: several parameters, or several kinds separated by commas.</param>
    /// <param name="order"><c>desc</c>, newest first, or <c>asc</c>. The default is newest first.</param>
    /// <param name="before">Lists only entries after this place: the value of <c>next</c> of the previous page.</param>
    /// <param name="limit">The page size, 1 to 200. The default is 50.</param>
    public static async Task<Results<Ok<TimelinePage>, ValidationProblem, ProblemHttpResult>> Handle(
        string id,
        TimelineReader timeline,
        AnalysisReader analyses,
        CancellationToken cancellationToken,
        string[]? kind = null,
        string? order = null,
        string? before = null,
        string? limit = null)
    {
        var errors = new Dictionary<string, string[]>();
        var size = PageRequest.Read(before: null, limit, DefaultLimit, MaxLimit, errors).Limit;
        var kinds = (kind ?? []).SelectMany(names => names.Split(',')).ToHashSet();
        if (!kinds.IsSubsetOf(timeline.Kinds))
        {
            errors["kind"] = [$"The kinds are {string.Join(", ", timeline.Kinds)}."];
        }

        if (order is not (null or "asc" or "desc"))
        {
            errors["order"] = ["It must be 'desc' (newest first, the default) or 'asc'."];
        }

        var after = before is null ? null : TimelinePlace.TryParse(before);
        if (before is not null && (after is null || !timeline.Knows(after)))
        {
            errors["before"] = ["It must be the value of 'next' on the previous page."];
        }

        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        if (!LeadId.TryParse(id, null, out var lead))
        {
            return Problems.NoSuchLead();
        }

        // One entry more than requested shows whether there is another page.
        var found = await timeline.ReadAsync(lead, new TimelinePart(kinds, order != "asc", after, size + 1), cancellationToken);
        if (found.Count == 0 && !await analyses.LeadExistsAsync(lead, cancellationToken))
        {
            return Problems.NoSuchLead();
        }

        var items = found.Take(size).Select(entry => entry.Entry).ToList();
        return TypedResults.Ok(new TimelinePage(items, found.Count > size ? found[size - 1].Place.ToCursor() : null));
    }
}
