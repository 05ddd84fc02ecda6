using System.Security.Claims;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Outbound.Gates;
using JackAutomotive.WebhookApi.Outbound.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Outbound.Api;

/// <summary>The answer to a request for a text or a call. A repetition with the same key gets the same answer.</summary>
/// <param name="Id">The job, whose state <c>GET /api/outbound/{id}</c> shows.</param>
/// <param name="LeadId">The lead.</param>
/// <param name="Kind">text or call.</param>
/// <param name="To">The address.</param>
/// <param name="Channel">sms, whatsapp, voice and others.</param>
/// <param name="State">The state when the job was accepted: queued.</param>
/// <param name="AcceptedAt">When the job was accepted.</param>
internal sealed record AcceptedOutbound(Guid Id, Guid LeadId, string Kind, string To, string Channel, string State, DateTimeOffset AcceptedAt);

/// <summary>
/// Accepts requests for texts and calls. The lead, the job and the decision of the gates commit together, so a request that was answered 202
/// goes out, and a refused one leaves only its decision.
/// </summary>
internal sealed class OutboundAcceptance(
    UnitOfWorkFactory works,
    OutboundGates gates,
    OutboundDecisionStore decisions,
    OutboundJobStore jobs,
    OutboundGateways gateways,
    LeadStore leads,
    TimeProvider time)
{
    private const string KeyHeader = "Idempotency-Key";
    private const int MaxKeyLength = 255;

    /// <summary>Accepts a request, or answers why it cannot be accepted.</summary>
    /// <param name="kind">One of <see cref="OutboundKinds"/>.</param>
    /// <param name="request">The request.</param>
    /// <param name="errors">The errors of the request's fields.</param>
    /// <param name="user">The owner of the API key.</param>
    /// <param name="context">The HTTP request.</param>
    /// <param name="cancellationToken">Signals that the client has disconnected.</param>
    public async Task<Results<Accepted<AcceptedOutbound>, ValidationProblem, ProblemHttpResult>> HandleAsync(
        string kind,
        OutboundRequest request,
        Dictionary<string, string[]> errors,
        ClaimsPrincipal user,
        HttpContext context,
        CancellationToken cancellationToken)
    {
        if (!TryReadKey(context.Request, out var key))
        {
            errors[KeyHeader] = [$"The header must have 1 to {MaxKeyLength} ASCII characters without spaces at its ends, once."];
        }

        if (request.Address is { } to && gateways[kind].IsOurs(to))
        {
            errors.TryAdd("to", ["This is a number of the dealership or of its staff."]);
        }

        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        if (gateways[kind].MissingSetting is { } setting)
        {
            return Problems.SendingNotConfigured(setting);
        }

        if (await gateways[kind].FindAgentErrorAsync(request.Content.AgentId, cancellationToken) is { } agentError)
        {
            errors["agentId"] = [agentError];
            return TypedResults.ValidationProblem(errors);
        }

        var createdBy = user.Identity?.Name ?? "";
        while (true)
        {
            await using var work = await works.BeginAsync(deliveryId: null, cancellationToken);
            if (key is not null && await OutboundJobStore.FindByKeyAsync(work, createdBy, kind, key, cancellationToken) is { } known)
            {
                return known.RequestHash.AsSpan().SequenceEqual(request.ComputeHash()) ? Answer(kind, known) : Problems.KeyUsedOtherwise();
            }

            var contact = request.Lead is { } lead
                ? await Recipients.FindAsync(work.CreateCommand, lead, cancellationToken)
                : new Contact(null, request.Address);
            if (contact is not { } recipient)
            {
                return Problems.NoSuchLead();
            }

            var decision = (await gates.DecideAsync(
                work.CreateCommand, [recipient], OutboundKinds.ToChannel(kind), time.GetUtcNow(), GateOverrides.None, cancellationToken))[0];
            if (recipient.Address is not { } address || !decision.Allowed)
            {
                if (recipient.Address is { } refused)
                {
                    await decisions.AddAsync(work, job: null, isSend: false, request.Lead, refused, decision, cancellationToken);
                    await work.CommitAsync(cancellationToken);
                }

                return Problems.GateShut(decision);
            }

            // Between the search and the insert another request with the same key may have been accepted. The next round finds its job.
            if (await TryAddAsync(work, kind, request, address, createdBy, key, cancellationToken) is { } accepted)
            {
                return Answer(kind, accepted);
            }
        }
    }

    private async Task<KnownRequest?> TryAddAsync(
        UnitOfWork work,
        string kind,
        OutboundRequest request,
        ChannelAddress address,
        string createdBy,
        string? key,
        CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var channel = kind == OutboundKinds.Call ? ChannelAddress.Voice : request.Channel ?? ChannelOf(address);
        var (lead, isNew) = request.Lead is { } known
            ? (known, false)
            : await leads.FindOrCreateAsync(work, address, isClaimed: false, cancellationToken);
        if (isNew)
        {
            LeadEvents.RaiseCreated(work, lead, address, isClaimed: false, channel, now);
        }

        var hash = request.ComputeHash();
        var job = new NewOutboundJob(lead, kind, channel, address, request.Content, OutboundCauses.Api, createdBy)
        {
            Idempotency = key is null ? null : (key, hash),
        };
        if (await jobs.AddAsync(work, job, cancellationToken) is not { } added)
        {
            return null;
        }

        await work.CommitAsync(cancellationToken);
        return new KnownRequest(added.Id, lead, hash, address, channel, added.CreatedAt);
    }

    private static string ChannelOf(ChannelAddress address) => address.Phone is null ? address.Kind : ChannelAddress.Sms;

    private static Accepted<AcceptedOutbound> Answer(string kind, KnownRequest job) => TypedResults.Accepted(
        $"/api/outbound/{job.Id}",
        new AcceptedOutbound(job.Id, job.Lead.Value, kind, job.Address.Text, job.Channel, OutboundStates.Queued, job.CreatedAt));

    private static bool TryReadKey(HttpRequest request, out string? key)
    {
        key = null;
        if (!request.Headers.TryGetValue(KeyHeader, out var values))
        {
            return true;
        }

        key = values.Count == 1 ? values[0] : null;
        return key is { Length: > 0 and <= MaxKeyLength } && key.All(c => c is >= ' ' and <= '~') && key.Trim() == key;
    }
}
