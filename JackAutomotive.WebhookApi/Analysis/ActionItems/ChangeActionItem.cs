using System.Security.Claims;
using System.Text.Json;
using JackAutomotive.WebhookApi.Events;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Analysis.ActionItems;

/// <summary><c>PATCH /api/action-items/{id}</c></summary>
internal static class ChangeActionItem
{
    /// <summary>Changes an action item in a person's name. A repetition of the same change changes nothing.</summary>
    public static async Task<Results<Ok<ActionItemDetails>, ValidationProblem, ProblemHttpResult>> Handle(
        string id,
        JsonElement body,
        ClaimsPrincipal user,
        ActionItemStore store,
        ActionItemReader reader,
        UnitOfWorkFactory works,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var change = ActionItemChange.Read(body, time.GetUtcNow(), out var errors);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        if (!Guid.TryParse(id, out var item))
        {
            return Problems.NoSuchActionItem();
        }

        await using (var work = await works.BeginAsync(deliveryId: null, cancellationToken))
        {
            if (await store.ChangeAsync(work, item, change, user.Identity?.Name ?? "", cancellationToken) is null)
            {
                return Problems.NoSuchActionItem();
            }

            await work.CommitAsync(cancellationToken);
        }

        return await reader.FindAsync(item, cancellationToken) is { } details ? TypedResults.Ok(details) : Problems.NoSuchActionItem();
    }
}
