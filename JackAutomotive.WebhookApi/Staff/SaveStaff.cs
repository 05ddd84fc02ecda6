using System.Text.Json;
using JackAutomotive.WebhookApi.Events;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Staff;

/// <summary><c>POST /api/staff</c> and <c>PATCH /api/staff/{id}</c></summary>
internal static class SaveStaff
{
    /// <summary>Adds a member of staff.</summary>
    public static async Task<Results<Created<StaffDetails>, ValidationProblem, ProblemHttpResult>> Add(
        JsonElement body,
        StaffNumbers numbers,
        UnitOfWorkFactory works,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var change = StaffChange.ReadNew(body, out var errors);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        var now = time.GetUtcNow();
        var member = change.ApplyTo(new StaffDetails(Guid.CreateVersion7(now), "", null, null, IsActive: true, now, now));
        await using (var work = await works.BeginAsync(deliveryId: null, cancellationToken))
        {
            if (await StaffStore.TrySaveAsync(work, member, cancellationToken) is { } conflict)
            {
                return Problems.StaffNumberTaken(conflict.Lead);
            }

            await work.CommitAsync(cancellationToken);
        }

        await numbers.RefreshAsync(cancellationToken);
        return TypedResults.Created($"/api/staff/{member.Id}", member);
    }

    /// <summary>Changes a member of staff. A person who leaves stays in the list with <c>active</c> false, and keeps the leads.</summary>
    public static async Task<Results<Ok<StaffDetails>, ValidationProblem, ProblemHttpResult>> Change(
        string id,
        JsonElement body,
        StaffNumbers numbers,
        UnitOfWorkFactory works,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        var change = StaffChange.Read(body, out var errors);
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        if (!Guid.TryParse(id, out var staffId))
        {
            return Problems.NoSuchStaff();
        }

        await using var work = await works.BeginAsync(deliveryId: null, cancellationToken);
        if (await StaffStore.LockAsync(work, staffId, cancellationToken) is not { } before)
        {
            return Problems.NoSuchStaff();
        }

        var after = change.ApplyTo(before);
        if (after == before)
        {
            return TypedResults.Ok(before);
        }

        after = after with { UpdatedAt = time.GetUtcNow() };
        if (await StaffStore.TrySaveAsync(work, after, cancellationToken) is { } conflict)
        {
            return Problems.StaffNumberTaken(conflict.Lead);
        }

        await work.CommitAsync(cancellationToken);
        await numbers.RefreshAsync(cancellationToken);
        return TypedResults.Ok(after);
    }
}
