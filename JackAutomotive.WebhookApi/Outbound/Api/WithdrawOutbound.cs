using System.Security.Claims;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Outbound.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Outbound.Api;

/// <summary><c>DELETE /api/outbound/{id}</c></summary>
internal static class WithdrawOutbound
{
    /// <summary>Withdraws a text or a call that has not gone out. A repetition changes nothing.</summary>
    public static async Task<Results<Ok<OutboundDetails>, ProblemHttpResult>> Handle(
        string id,
        ClaimsPrincipal user,
        OutboundJobStore jobs,
        OutboundReader reader,
        UnitOfWorkFactory works,
        CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(id, out var job))
        {
            return Problems.NoSuchOutbound();
        }

        await using (var work = await works.BeginAsync(deliveryId: null, cancellationToken))
        {
            switch (await jobs.WithdrawAsync(work, job, $"Withdrawn by {user.Identity?.Name}.", cancellationToken))
            {
                case Withdrawal.NoSuchJob:
                    return Problems.NoSuchOutbound();
                case Withdrawal.TooLate:
                    return Problems.OutboundHasGone();
            }

            await work.CommitAsync(cancellationToken);
        }

        return await reader.FindAsync(job, cancellationToken) is { } details ? TypedResults.Ok(details) : Problems.NoSuchOutbound();
    }
}
