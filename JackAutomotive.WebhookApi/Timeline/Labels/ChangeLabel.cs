using System.Security.Claims;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Timeline.Labels;

/// <summary>The labels of a lead.</summary>
internal sealed record LeadLabels(IReadOnlyList<string> Labels);

/// <summary><c>PUT</c> and <c>DELETE /api/leads/{id}/labels/{label}</c></summary>
internal static class ChangeLabel
{
    /// <summary>Gives a lead a label. A repetition changes nothing.</summary>
    public static Task<Results<Ok<LeadLabels>, ValidationProblem, ProblemHttpResult>> Put(
        string id,
        string label,
        ClaimsPrincipal user,
        LabelStore labels,
        UnitOfWorkFactory works,
        CancellationToken cancellationToken) =>
        HandleAsync(id, label, isAdded: true, user, labels, works, cancellationToken);

    /// <summary>Takes a label from a lead. A repetition changes nothing.</summary>
    public static Task<Results<Ok<LeadLabels>, ValidationProblem, ProblemHttpResult>> Delete(
        string id,
        string label,
        ClaimsPrincipal user,
        LabelStore labels,
        UnitOfWorkFactory works,
        CancellationToken cancellationToken) =>
        HandleAsync(id, label, isAdded: false, user, labels, works, cancellationToken);

    private static async Task<Results<Ok<LeadLabels>, ValidationProblem, ProblemHttpResult>> HandleAsync(
        string id,
        string label,
        bool isAdded,
        ClaimsPrincipal user,
        LabelStore labels,
        UnitOfWorkFactory works,
        CancellationToken cancellationToken)
    {
        if (!LabelName.TryParse(label, out var name))
        {
            return TypedResults.ValidationProblem(new Dictionary<string, string[]> { ["label"] = [LabelName.Rule] });
        }

        if (!LeadId.TryParse(id, null, out var lead))
        {
            return Problems.NoSuchLead();
        }

        await using var work = await works.BeginAsync(deliveryId: null, cancellationToken);
        if (!await LeadLock.TryTakeAsync(work, lead, cancellationToken))
        {
            return Problems.NoSuchLead();
        }

        if (await labels.ChangeAsync(work, lead, name, isAdded, user.Identity?.Name ?? "", cancellationToken) is not { } all)
        {
            return Problems.TooManyLabels(LabelStore.MaxLabels);
        }

        await work.CommitAsync(cancellationToken);
        return TypedResults.Ok(new LeadLabels(all));
    }
}
