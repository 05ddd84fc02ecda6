using System.Security.Claims;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Identification.Unassigned;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Merging;
using JackAutomotive.WebhookApi.Retention;
using JackAutomotive.WebhookApi.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Erasure;

/// <summary>What an erasure has removed.</summary>
/// <param name="LeadId">The lead that was erased.</param>
/// <param name="ErasedBy">The name of the API key of the person who erased it.</param>
/// <param name="ErasedAt">When it was erased, UTC.</param>
/// <param name="Deliveries">How many deliveries have lost their bodies.</param>
/// <param name="Objects">How many objects nothing needs any more. They are removed at once, or by the next sweep of the object store.</param>
/// <param name="Rows">How many rows were deleted, by table.</param>
internal sealed record ErasureDetails(
    Guid LeadId,
    string ErasedBy,
    DateTimeOffset ErasedAt,
    int Deliveries,
    int Objects,
    IReadOnlyDictionary<string, int> Rows);

/// <summary><c>DELETE /api/leads/{id}</c></summary>
internal static class EraseLead
{
    /// <summary>Removes everything about a person: the lead, the leads that were merged into it, and every trace of them.</summary>
    public static async Task<Results<Ok<ErasureDetails>, ProblemHttpResult>> Handle(
        string id,
        ClaimsPrincipal user,
        LeadErasure erasure,
        CancellationToken cancellationToken)
    {
        if (!LeadId.TryParse(id, null, out var lead))
        {
            return Problems.NoSuchLead();
        }

        var (details, problem) = await erasure.EraseAsync(lead, user.Identity?.Name ?? "", cancellationToken);
        return problem is null ? TypedResults.Ok(details) : problem;
    }
}

/// <summary>Erases leads, each in one transaction that excludes every delivery about the lead.</summary>
internal sealed partial class LeadErasure(
    UnitOfWorkFactory works,
    ErasedDeliveries deliveries,
    ErasedContacts erased,
    ObjectReferences references,
    IObjectStore objects,
    TimeProvider time,
    ILogger<LeadErasure> logger)
{
    /// <summary>Erases a lead.</summary>
    public async Task<(ErasureDetails? Details, ProblemHttpResult? Problem)> EraseAsync(
        LeadId lead,
        string person,
        CancellationToken cancellationToken)
    {
        var (details, unneeded, problem) = await Deadlocks.RetryAsync(() => EraseRowsAsync(lead, person, cancellationToken));
        foreach (var name in unneeded)
        {
            await TryRemoveObjectAsync(name, cancellationToken);
        }

        return (details, problem);
    }

    private async Task<(ErasureDetails? Details, IReadOnlyList<ObjectName> Objects, ProblemHttpResult? Problem)> EraseRowsAsync(
        LeadId lead,
        string person,
        CancellationToken cancellationToken)
    {
        await using var work = await works.BeginAsync(deliveryId: null, cancellationToken);
        if (await MergeStore.LockAsync(work, [lead], cancellationToken) is [])
        {
            return (null, [], await LeadMerging.FindMissingLeadProblemAsync(work, lead, cancellationToken));
        }

        var merged = await MergeStore.FindMergedAsync(work, lead, cancellationToken);
        Guid[] family = [lead.Value, .. merged];
        var addresses = await ErasureStore.ReadAddressesAsync(work, lead, cancellationToken);
        var spellings = await FindSpellingsAsync(work, lead, addresses, cancellationToken);
        string[] ids =
        [
            .. await ErasureStore.ReadProviderIdsAsync(work, lead, spellings, cancellationToken),
            .. await LeadLogs.FindTextsAsync(work, family, cancellationToken),
        ];
        var audio = await ErasureStore.ReadAudioAsync(work, lead, ids, cancellationToken);
        long[] causes =
        [
            .. await LeadLogs.FindDeliveriesAsync(work, family, cancellationToken),
            .. await ErasureStore.ReadDeliveriesAsync(work, lead, cancellationToken),
        ];
        var hasOptedOut = await ErasureStore.HasOptedOutAsync(work, lead, cancellationToken);

        var (count, bodies) = await deliveries.EraseAsync(work, new DeliveryTraces(causes, ids, spellings), cancellationToken);
        await erased.AddAsync(work, addresses, ids, hasOptedOut, cancellationToken);
        var rows = await ErasureStore.DeleteAsync(work, lead, spellings, ids, cancellationToken);
        rows["lead_events"] += await LeadLogs.EraseAsync(work, family, cancellationToken);
        await MergeStore.ForgetAsync(work, family, cancellationToken);
        var names = Array.ConvertAll(family, id => new LeadId(id).ToString());
        await ErasureStore.ForgetContradictionsAsync(work, names, cancellationToken);
        await UnassignedStore.ForgetAsync(work, names, spellings, cancellationToken);

        ObjectName[] unneeded = [.. audio, .. bodies];
        var details = new ErasureDetails(lead.Value, person, time.GetUtcNow(), count, unneeded.Length, rows);
        await ErasureStore.RecordAsync(work, details, [.. merged], cancellationToken);
        await work.CommitAsync(cancellationToken);
        LogErased(lead, person, count);
        return (details, unneeded, null);
    }

    // A provider writes an address with or without a channel's prefix, and WhatsApp's ids without a plus sign.
    private static async Task<string[]> FindSpellingsAsync(
        UnitOfWork work,
        LeadId lead,
        IReadOnlyList<ChannelAddress> addresses,
        CancellationToken cancellationToken)
    {
        var spellings = addresses.SelectMany(address => address.Phone is null
            ? new[] { address.Text, address.Address }
            : [address.Text, address.Text[1..], address.ToRecipient(ChannelAddress.WhatsApp), address.ToRecipient("rcs")]);
        return [.. spellings.Concat(await ErasureStore.ReadSendersAsync(work, lead, cancellationToken)).Distinct()];
    }

    // Another lead's row may name the same object, because equal content is one object.
    private async Task TryRemoveObjectAsync(ObjectName name, CancellationToken cancellationToken)
    {
        try
        {
            await references.RunIfUnreferencedAsync(
                name,
                async () =>
                {
                    await objects.DeleteAsync(name, cancellationToken);
                    return true;
                },
                cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // The rows are gone, so the sweep of the object store removes the object later.
            LogObjectStays(name.Hex, e.GetType().Name);
        }
    }

    [LoggerMessage(LogLevel.Information, "The lead {Lead} was erased by '{Person}', with {Deliveries} deliveries")]
    private partial void LogErased(LeadId lead, string person, int deliveries);

    [LoggerMessage(LogLevel.Warning, "The object {Object} of an erased lead could not be removed yet: {Error}; the sweep of the object store removes it")]
    private partial void LogObjectStays(string @object, string error);
}
