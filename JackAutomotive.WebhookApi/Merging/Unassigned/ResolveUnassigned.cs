using System.Security.Claims;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Analysis.Results;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Identification.Unassigned;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Merging.Unassigned;

/// <summary><c>POST /api/leads/unassigned/{id}/resolve</c></summary>
internal static class ResolveUnassigned
{
    /// <summary>
    /// Assigns a contact to a lead, <c>{"leadId": "…"}</c>, or to a lead of its own, <c>{"newLead": true}</c>. A repetition of the same decision
    /// changes nothing.
    /// </summary>
    public static async Task<Results<Ok<UnassignedContact>, ValidationProblem, ProblemHttpResult>> Handle(
        string id,
        JsonElement body,
        ClaimsPrincipal user,
        ContactAssignment assignment,
        CancellationToken cancellationToken)
    {
        if (!TryRead(body, out var lead))
        {
            return TypedResults.ValidationProblem(new Dictionary<string, string[]>
            {
                ["leadId"] = ["Send either {\"leadId\": \"the id of a lead\"} or {\"newLead\": true}."],
            });
        }

        if (!Guid.TryParse(id, out var contact))
        {
            return Problems.NoSuchContact();
        }

        var (resolved, problem) = await assignment.AssignAsync(contact, lead, user.Identity?.Name ?? "", cancellationToken);
        return problem is null ? TypedResults.Ok(resolved) : problem;
    }

    // Without a lead the contact gets a lead of its own.
    private static bool TryRead(JsonElement body, out LeadId? lead)
    {
        lead = null;
        if (body.ValueKind != JsonValueKind.Object || RequestJson.FieldsOf(body).ToList() is not [var (name, value)])
        {
            return false;
        }

        if (name == "newLead")
        {
            return value.ValueKind == JsonValueKind.True;
        }

        var isLead = LeadId.TryParse(RequestJson.TextOrNull(value), null, out var parsed);
        lead = parsed;
        return name == "leadId" && isLead;
    }
}

/// <summary>Assigns contacts to the leads that people choose, each in one transaction that excludes every delivery about the leads.</summary>
internal sealed class ContactAssignment(
    UnitOfWorkFactory works,
    UnassignedStore unassigned,
    LeadStore leads,
    LeadSentimentStore sentiments,
    LeadMerging merging,
    TimeProvider time)
{
    /// <summary>Assigns a contact to a lead; to a lead of its own if <paramref name="chosen"/> is null.</summary>
    public Task<(UnassignedContact? Contact, ProblemHttpResult? Problem)> AssignAsync(
        Guid id,
        LeadId? chosen,
        string person,
        CancellationToken cancellationToken) =>
        Deadlocks.RetryAsync<(UnassignedContact?, ProblemHttpResult?)>(async () =>
        {
            await using var work = await works.BeginAsync(deliveryId: null, cancellationToken);
            if (await UnassignedStore.LockAsync(work, id, cancellationToken) is not { } contact)
            {
                return (null, Problems.NoSuchContact());
            }

            if (contact.ResolvedAt is not null)
            {
                return contact.LeadId == chosen?.Value ? (contact, null) : (null, Problems.ContactIsResolved(contact.ResolvedBy!));
            }

            if (chosen is { } lead && await FindLeadProblemAsync(work, lead, cancellationToken) is { } problem)
            {
                return (null, problem);
            }

            await AssignAsync(work, contact, chosen, person, cancellationToken);
            var resolved = await UnassignedStore.LockAsync(work, id, cancellationToken);
            await work.CommitAsync(cancellationToken);
            return (resolved, default);
        });

    private static async Task<ProblemHttpResult?> FindLeadProblemAsync(UnitOfWork work, LeadId lead, CancellationToken cancellationToken) =>
        await LeadStore.FindCurrentAsync(work, lead, cancellationToken) == lead
            ? null
            : await LeadMerging.FindMissingLeadProblemAsync(work, lead, cancellationToken);

    private async Task AssignAsync(
        UnitOfWork work,
        UnassignedContact contact,
        LeadId? chosen,
        string person,
        CancellationToken cancellationToken)
    {
        var from = new LeadId(contact.LeadId);
        var to = chosen ?? (contact.IsOwnLead ? from : await CreateLeadAsync(work, contact, cancellationToken));
        await MergeStore.LockAsync(work, [from, to], cancellationToken);

        // The number called for one lead, and the contact was with another: from now on, the number alone identifies nobody.
        foreach (var address in await UnassignedStore.ReadAddressesAsync(work, contact.Id, cancellationToken))
        {
            await leads.ShareAddressAsync(work, to, address, cancellationToken);
        }

        if (from != to && contact.IsOwnLead)
        {
            // The lead exists for this contact only, so nothing of it remains.
            await unassigned.ResolveAsync(work, contact.Id, to, person, cancellationToken);
            RaiseAssigned(work, to, contact, from, to, person);
            await merging.MergeAsync(work, to, from, "a person assigned the contact", person, cancellationToken);
        }
        else
        {
            await MergeStore.MoveContactAsync(work, contact.ConversationId, contact.CallSid, from, to, cancellationToken);
            await unassigned.ResolveAsync(work, contact.Id, to, person, cancellationToken);
            RaiseAssigned(work, to, contact, from, to, person);
            if (from != to)
            {
                RaiseAssigned(work, from, contact, from, to, person);
                await sentiments.RefreshAsync(work, from, cancellationToken);
                await sentiments.RefreshAsync(work, to, cancellationToken);
            }
        }

        await MergeStore.SetPathAsync(work, contact.ConversationId, contact.CallSid, cancellationToken);
    }

    private async Task<LeadId> CreateLeadAsync(UnitOfWork work, UnassignedContact contact, CancellationToken cancellationToken)
    {
        var lead = await leads.CreateAsync(work, cancellationToken);
        LeadEvents.RaiseCreated(work, lead, address: null, isClaimed: false, contact.Channel, contact.At);
        return lead;
    }

    private void RaiseAssigned(UnitOfWork work, LeadId lead, UnassignedContact contact, LeadId from, LeadId to, string person) =>
        work.Raise(lead, LeadEventTypes.ContactAssigned, time.GetUtcNow(), new
        {
            ContactId = contact.Id,
            contact.ConversationId,
            contact.CallSid,
            FromLeadId = from.Value,
            ToLeadId = to.Value,
            AssignedBy = person,
        });
}
