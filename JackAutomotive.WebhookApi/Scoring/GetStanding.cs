using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Scoring.Actions;
using JackAutomotive.WebhookApi.Scoring.Facts;
using JackAutomotive.WebhookApi.Scoring.Funding;
using JackAutomotive.WebhookApi.Scoring.Status;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace JackAutomotive.WebhookApi.Scoring;

/// <summary>The status as our API shows it.</summary>
internal sealed record StatusView(
    LeadStatus Status,
    DateTimeOffset ChangedAt,
    string ChangedBy,
    string? Person,
    string? Reason,
    DateTimeOffset? AppointmentAt,
    int NoShows);

/// <summary>The funding readiness as our API shows it.</summary>
internal sealed record FundingView(Readiness Readiness, IReadOnlyList<string> Missing, IReadOnlyList<ChecklistItem> Items);

/// <summary>The next action as our API shows it. Overdue is computed from the clock with each request.</summary>
internal sealed record ActionView(ActionKind Kind, string Reason, DateTimeOffset? DueAt, bool Overdue, string? Reference)
{
    public static ActionView Of(NextAction action, DateTimeOffset now) =>
        new(action.Kind, action.Reason, action.DueAt, action.IsOverdue(now), action.Reference);
}

/// <summary>Where a lead stands, computed at the moment of the request.</summary>
internal sealed record StandingView(
    Guid LeadId,
    StatusView Status,
    LeadMood Mood,
    int Score,
    FundingView Funding,
    ActionView NextAction)
{
    public static StandingView Of(LeadFacts stored, DateTimeOffset now)
    {
        var facts = StatusRules.Apply(stored, now);
        var (standing, status) = (Standing.Of(facts, now), facts.Status);
        return new StandingView(
            facts.Lead.Value,
            new StatusView(
                status.Status, status.ChangedAt, status.ChangedBy, status.Person, status.Reason, status.AppointmentAt, status.NoShows),
            standing.Mood,
            standing.Score.Value,
            new FundingView(standing.Funding.Readiness, standing.Funding.Missing, standing.Funding.Items),
            ActionView.Of(standing.Next, now));
    }
}

/// <summary><c>GET /api/leads/{id}/standing</c></summary>
internal static class GetStanding
{
    /// <summary>Returns the lead's status, mood, score, funding readiness and next action.</summary>
    public static async Task<Results<Ok<StandingView>, ProblemHttpResult>> Handle(
        string id,
        NpgsqlDataSource database,
        TimeProvider time,
        CancellationToken cancellationToken) =>
        LeadId.TryParse(id, null, out var lead) && await FindAsync(database, lead, time, cancellationToken) is { } standing
            ? TypedResults.Ok(standing)
            : Problems.NoSuchLead();

    /// <summary>Reads a lead's facts and computes where it stands. Returns null if there is no such lead.</summary>
    internal static async Task<StandingView?> FindAsync(
        NpgsqlDataSource database,
        LeadId lead,
        TimeProvider time,
        CancellationToken cancellationToken) =>
        await LeadFactsReader.ReadAsync(database, [lead], cancellationToken) is [{ Facts: var facts }]
            ? StandingView.Of(facts, time.GetUtcNow())
            : null;
}
