using JackAutomotive.Contracts;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace JackAutomotive.WebhookApi.Timeline.List;

/// <summary>A lead in a list.</summary>
/// <param name="Id">The id.</param>
/// <param name="Phone">The number that is shown first, E.164; null if none is known.</param>
/// <param name="Name">The name; null if it is not known.</param>
/// <param name="LastSeq">The seq of the newest event.</param>
/// <param name="CreatedAt">When the lead was created.</param>
/// <param name="UpdatedAt">When the last event was appended.</param>
/// <param name="LastContactAt">When the lead and we were last in contact.</param>
/// <param name="IsUnanswered">Whether the newest words are a text of the lead.</param>
/// <param name="Labels">The labels, in alphabetical order.</param>
/// <param name="Assignee">Who looks after the lead; null if nobody does.</param>
/// <param name="Status">How far the lead has come.</param>
/// <param name="Score">The score, 0 to 100; null before the first computation.</param>
/// <param name="Readiness">The readiness for funding: Ready, Partial or Not Ready; null before the first computation.</param>
internal sealed record ListedLead(
    Guid Id,
    string? Phone,
    string? Name,
    long LastSeq,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? LastContactAt,
    bool IsUnanswered,
    IReadOnlyList<string> Labels,
    ListedAssignee? Assignee,
    string Status,
    int? Score,
    string? Readiness);

/// <summary>The member of staff who looks after a lead.</summary>
internal sealed record ListedAssignee(Guid StaffId, string Name);

/// <summary>A page of leads.</summary>
/// <param name="Items">The leads, in the requested order.</param>
/// <param name="Next">The value of <c>before</c> for the next page; null on the last page.</param>
internal sealed record LeadPage(IReadOnlyList<ListedLead> Items, string? Next);

/// <summary>
/// <c>GET /api/leads?q=&amp;phone=&amp;address=&amp;label=&amp;assignee=&amp;channel=&amp;sort=&amp;order=&amp;before=&amp;limit=</c> and the other
/// parameters of <see cref="LeadCriteria"/>.
/// </summary>
internal static class ListLeads
{
    /// <summary>Lists leads, by default the newest first.</summary>
    public static async Task<Results<Ok<LeadPage>, ValidationProblem>> Handle(
        HttpRequest request,
        LeadReader leads,
        NpgsqlDataSource database,
        CancellationToken cancellationToken)
    {
        var parameters = request.Query.SelectMany(
            parameter => parameter.Value, (parameter, value) => KeyValuePair.Create(parameter.Key, value ?? ""));
        var query = LeadCriteriaReader.Read(parameters, out var search, out var errors);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        if (search is not null)
        {
            query.Find(await LeadSearch.ReadAsync(database, search, cancellationToken));
        }

        // One lead more than requested shows whether there is another page.
        var size = query.Limit++;
        var found = await leads.ListAsync(query, cancellationToken);
        var next = found.Count > size ? LeadCriteriaReader.WritePlace(query.Sort, found[size - 1].Value, new LeadId(found[size - 1].Lead.Id)) : null;
        return TypedResults.Ok(new LeadPage([.. found.Take(size).Select(item => item.Lead)], next));
    }
}
