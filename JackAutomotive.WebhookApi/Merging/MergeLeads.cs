using System.Security.Claims;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Analysis.Results;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Profiles;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Merging;

/// <summary><c>POST /api/leads/{id}/merge</c></summary>
internal static class MergeLeads
{
    private const int MaxReasonLength = 500;

    /// <summary>
    /// Merges another lead into this lead, which stays: <c>{"from": "…", "reason": "the same person"}</c>. A repetition returns the same merge.
    /// </summary>
    public static async Task<Results<Ok<Merge>, ValidationProblem, ProblemHttpResult>> Handle(
        string id,
        JsonElement body,
        ClaimsPrincipal user,
        LeadMerging merging,
        CancellationToken cancellationToken)
    {
        var (from, reason, errors) = Read(body);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        if (!LeadId.TryParse(id, null, out var stays))
        {
            return Problems.NoSuchLead();
        }

        var (merge, problem) = await merging.MergeAsync(stays, from, reason, user.Identity?.Name ?? "", cancellationToken);
        return problem is null ? TypedResults.Ok(merge) : problem;
    }

    private static (LeadId From, string? Reason, Dictionary<string, string[]> Errors) Read(JsonElement body)
    {
        var errors = new Dictionary<string, string[]>();
        var (from, reason) = (default(LeadId), default(string));
        if (body.ValueKind != JsonValueKind.Object)
        {
            errors["from"] = ["The body must be a JSON object with the field from."];
            return (from, reason, errors);
        }

        foreach (var (name, value) in RequestJson.FieldsOf(body))
        {
            if (name == "from" && !LeadId.TryParse(RequestJson.TextOrNull(value), null, out from))
            {
                errors[name] = ["It must be the id of the lead that goes."];
            }
            else if (name == "reason" && value.ValueKind != JsonValueKind.Null)
            {
                reason = PlainText.Clean(RequestJson.TextOrNull(value))?.Trim();
                if (reason is not { Length: <= MaxReasonLength })
                {
                    errors[name] = [$"It must be a text of up to {MaxReasonLength} characters, or null."];
                }
            }
            else if (name is not ("from" or "reason"))
            {
                errors[name] = ["There is no such field. The fields are from and reason."];
            }
        }

        if (from == default && errors.Count == 0)
        {
            errors["from"] = ["It is missing: the id of the lead that goes."];
        }

        return (from, string.IsNullOrEmpty(reason) ? null : reason, errors);
    }
}

/// <summary>Merges leads and undoes merges, each in one transaction that excludes every delivery about the two leads.</summary>
internal sealed class LeadMerging(
    UnitOfWorkFactory works,
    MergeStore store,
    LeadSentimentStore sentiments,
    ProfileUpdater profiles,
    TimeProvider time)
{
    // How many events of the log an undo looks at. More are needed only if many merges were undone since.
    private const int MaxEvents = 50;

    /// <summary>Merges a lead into another lead.</summary>
    public Task<(Merge? Merge, ProblemHttpResult? Problem)> MergeAsync(
        LeadId stays,
        LeadId gone,
        string? reason,
        string person,
        CancellationToken cancellationToken) =>
        Deadlocks.RetryAsync<(Merge?, ProblemHttpResult?)>(async () =>
        {
            await using var work = await works.BeginAsync(deliveryId: null, cancellationToken);
            var existing = await MergeStore.LockAsync(work, [stays, gone], cancellationToken);
            var (repeated, problem) = await FindProblemAsync(work, stays, gone, existing, cancellationToken);
            if (repeated is not null || problem is not null)
            {
                return (repeated, problem);
            }

            var merge = await MergeAsync(work, stays, gone, reason, person, cancellationToken);
            await work.CommitAsync(cancellationToken);
            return (merge, default);
        });

    /// <summary>Merges a lead into another lead, within a unit of work that holds the locks of both.</summary>
    public async Task<Merge> MergeAsync(
        UnitOfWork work,
        LeadId stays,
        LeadId gone,
        string? reason,
        string person,
        CancellationToken cancellationToken)
    {
        var merge = await store.BeginAsync(work, stays, gone, reason, person, cancellationToken);
        await sentiments.RefreshAsync(work, stays, cancellationToken);
        await profiles.UpdateAsync(work, stays, cancellationToken);
        work.Raise(gone, LeadEventTypes.LeadMergedInto, merge.MergedAt, new
        {
            merge.MergeId,
            MergedInto = merge.LeadId,
            merge.MergedBy,
            merge.Reason,
        });

        // The last event of the transaction for this lead: an undo is possible while it is the newest of the log.
        work.Raise(stays, LeadEventTypes.LeadMerged, merge.MergedAt, new
        {
            merge.MergeId,
            merge.MergedLeadId,
            merge.MergedBy,
            merge.Reason,
        });
        await work.AppendRaisedAsync(cancellationToken);
        await MergeStore.RemoveLeadAsync(work, merge, cancellationToken);
        return merge;
    }

    /// <summary>Undoes the newest merge into a lead, unless something new has happened to the lead.</summary>
    public Task<(Merge? Merge, ProblemHttpResult? Problem)> UndoAsync(LeadId stays, string person, CancellationToken cancellationToken) =>
        Deadlocks.RetryAsync<(Merge?, ProblemHttpResult?)>(async () =>
        {
            await using var work = await works.BeginAsync(deliveryId: null, cancellationToken);
            if (await MergeStore.LockAsync(work, [stays], cancellationToken) is [])
            {
                return (null, await FindMissingLeadProblemAsync(work, stays, cancellationToken));
            }

            if (await MergeStore.FindNewestAsync(work, stays, cancellationToken) is not { } merge)
            {
                return (null, Problems.NoMergeToUndo());
            }

            if (await FindNewsAsync(work, merge, cancellationToken) is { } news)
            {
                return (null, Problems.MergeHasNews(news));
            }

            var undone = await store.UndoAsync(work, merge, person, cancellationToken);
            RaiseUndone(work, new LeadId(merge.LeadId), merge.MergedLeadId, undone);
            RaiseUndone(work, new LeadId(merge.MergedLeadId), merge.LeadId, undone);
            await work.CommitAsync(cancellationToken);
            return (undone, default);
        });

    /// <summary>Returns the problem of a lead that does not exist: it was merged into another lead, or there is none.</summary>
    public static async Task<ProblemHttpResult> FindMissingLeadProblemAsync(UnitOfWork work, LeadId lead, CancellationToken cancellationToken) =>
        await LeadStore.FindCurrentAsync(work, lead, cancellationToken) is { } current && current != lead
            ? Problems.LeadIsMerged(current)
            : Problems.NoSuchLead();

    private static async Task<(Merge? Repeated, ProblemHttpResult? Problem)> FindProblemAsync(
        UnitOfWork work,
        LeadId stays,
        LeadId gone,
        IReadOnlyList<LeadId> existing,
        CancellationToken cancellationToken)
    {
        if (stays == gone)
        {
            return (null, Problems.MergeWithItself());
        }

        if (!existing.Contains(stays))
        {
            return (null, await FindMissingLeadProblemAsync(work, stays, cancellationToken));
        }

        if (existing.Contains(gone))
        {
            return (null, null);
        }

        return await MergeStore.FindByGoneAsync(work, gone, cancellationToken) is not { } earlier ? (null, Problems.NoSuchLeadToMerge())
            : earlier.LeadId == stays.Value ? (earlier, null)
            : (null, Problems.IsMergedAlready(new LeadId(earlier.LeadId)));
    }

    // Every change of a lead that its watchers should know is an event. The numbers of rows show the others.
    private static async Task<string?> FindNewsAsync(UnitOfWork work, Merge merge, CancellationToken cancellationToken)
    {
        if (!await MergeStore.HasRowsAsync(work, merge, cancellationToken))
        {
            return "the rows of the merge are not remembered any more";
        }

        var newest = await LeadLogs.ReadNewestAsync(work, new LeadId(merge.LeadId), MaxEvents, cancellationToken);
        if (FindNewEvent(newest, merge.MergeId) is { } type)
        {
            return $"the lead's log goes on after the merge, with {type}";
        }

        return await MergeStore.FindChangedTablesAsync(work, merge, cancellationToken) is [var table, ..]
            ? $"the lead has other rows than after the merge, in {table}"
            : null;
    }

    // Merges that were undone, of this lead or with this lead, have left the lead as it was.
    private static string? FindNewEvent(IReadOnlyList<(string Type, string Data)> newestFirst, Guid mergeId)
    {
        var undone = new HashSet<Guid>();
        foreach (var (type, data) in newestFirst)
        {
            if (IsMadeByRules(type, data))
            {
                continue;
            }

            if (type is not (LeadEventTypes.LeadMerged or LeadEventTypes.LeadMergedInto or LeadEventTypes.LeadMergeUndone))
            {
                return type;
            }

            using var json = JsonDocument.Parse(data);
            var merge = json.RootElement.GetProperty("mergeId").GetGuid();
            if (type == LeadEventTypes.LeadMergeUndone)
            {
                undone.Add(merge);
            }
            else if (!undone.Contains(merge))
            {
                return merge == mergeId ? null : type;
            }
        }

        return "more events than are looked at";
    }

    // The rules judge the lead again after every merge.
    private static bool IsMadeByRules(string type, string data)
    {
        if (type is not LeadEventTypes.LeadStatusChanged)
        {
            return type is LeadEventTypes.LeadScoreUpdated or LeadEventTypes.FundingReadinessChanged;
        }

        using var json = JsonDocument.Parse(data);
        return json.RootElement.GetProperty("changedBy").GetString() is "rule";
    }

    private void RaiseUndone(UnitOfWork work, LeadId lead, Guid other, Merge undone) =>
        work.Raise(lead, LeadEventTypes.LeadMergeUndone, undone.UndoneAt ?? time.GetUtcNow(), new
        {
            undone.MergeId,
            OtherLeadId = other,
            undone.UndoneBy,
        });
}
