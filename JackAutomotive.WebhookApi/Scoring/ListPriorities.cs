using System.Globalization;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Profiles;
using JackAutomotive.WebhookApi.Scoring.Actions;
using JackAutomotive.WebhookApi.Scoring.Facts;
using JackAutomotive.WebhookApi.Scoring.Status;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace JackAutomotive.WebhookApi.Scoring;

/// <summary>A lead in the list of those to call first.</summary>
/// <param name="LeadId">The lead.</param>
/// <param name="Name">The lead's name; null if it is not known.</param>
/// <param name="Status">The lead's status.</param>
/// <param name="Mood">The lead's mood.</param>
/// <param name="Score">The lead's score.</param>
/// <param name="NextAction">What to do, until when, and why.</param>
/// <param name="Priority">The points that decide the order.</param>
/// <param name="Reasons">The parts of the priority, which add up to it.</param>
internal sealed record PriorityItem(
    Guid LeadId,
    string? Name,
    LeadStatus Status,
    LeadMood Mood,
    int Score,
    ActionView NextAction,
    double Priority,
    IReadOnlyList<PriorityReason> Reasons);

/// <summary>A page of the list.</summary>
/// <param name="Items">The leads, those to call first at the top.</param>
/// <param name="Next">The value of <c>after</c> for the next page; null on the last page.</param>
internal sealed record PriorityPage(IReadOnlyList<PriorityItem> Items, string? Next);

/// <summary><c>GET /api/leads/priorities?after=&amp;limit=&amp;until=</c></summary>
internal static class ListPriorities
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;

    /// <summary>Lists the leads whose next action is due, those to call first at the top.</summary>
    /// <param name="database">The database.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Signals that the client has disconnected.</param>
    /// <param name="after">Lists only leads after this place: the value of <c>next</c> of the page before.</param>
    /// <param name="limit">The page size, 1 to 200. The default is 50.</param>
    /// <param name="until">Lists also the leads whose next action is due until this time. The default is now.</param>
    public static async Task<Results<Ok<PriorityPage>, ValidationProblem>> Handle(
        NpgsqlDataSource database,
        TimeProvider time,
        CancellationToken cancellationToken,
        string? after = null,
        int limit = DefaultLimit,
        string? until = null)
    {
        var now = time.GetUtcNow();
        var errors = new Dictionary<string, string[]>();
        var place = after is null ? null : ReadPlace(after);
        if (after is not null && place is null)
        {
            errors.Add("after", ["This is not a place in the list. Use the value of 'next' of the page before."]);
        }

        if (limit is < 1 or > MaxLimit)
        {
            errors.Add("limit", [$"The limit must be from 1 to {MaxLimit}."]);
        }

        var end = now;
        if (until is not null && !Rfc3339.TryParse(until, out end))
        {
            errors.Add("until", ["It must be a time such as 2026-11-24T15:00:00Z, with an offset."]);
        }

        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        // One lead more than requested shows whether there is another page.
        var places = await ScoreStore.ListPrioritiesAsync(database, end, place, limit + 1, cancellationToken);
        var page = places.Take(limit).ToList();
        var facts = (await LeadFactsReader.ReadAsync(database, [.. page.Select(item => item.Lead)], cancellationToken))
            .ToDictionary(stored => stored.Facts.Lead, stored => stored.Facts);

        // A lead whose action was done by the passing of time, or that was erased a moment ago, is left out.
        var items = page.Select(item => facts.GetValueOrDefault(item.Lead)).OfType<LeadFacts>()
            .Select(lead => Describe(lead, now)).OfType<PriorityItem>();
        return TypedResults.Ok(new PriorityPage([.. items], places.Count > limit ? WritePlace(page[^1]) : null));
    }

    private static PriorityItem? Describe(LeadFacts stored, DateTimeOffset now)
    {
        var facts = StatusRules.Apply(stored, now);
        var standing = Standing.Of(facts, now);
        return standing.PriorityAt is { } zero
            ? new PriorityItem(
                facts.Lead.Value,
                facts.Find<TextValue>(ProfileFields.Name)?.Text,
                facts.Status.Status,
                standing.Mood,
                standing.Score.Value,
                ActionView.Of(standing.Next, now),
                Priority.Compute(zero, now),
                Priority.Explain(standing.Next, standing.Score.Value, now))
            : null;
    }

    private static string WritePlace((LeadId Lead, DateTimeOffset PriorityAt) item) =>
        string.Create(CultureInfo.InvariantCulture, $"{item.PriorityAt.UtcTicks}_{item.Lead}");

    private static (DateTimeOffset PriorityAt, LeadId Lead)? ReadPlace(string text) =>
        text.Split('_') is [var ticks, var id]
        && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var utcTicks)
        && utcTicks <= DateTime.MaxValue.Ticks
        && LeadId.TryParse(id, null, out var lead)
            ? (new DateTimeOffset(utcTicks, TimeSpan.Zero), lead)
            : null;
}
