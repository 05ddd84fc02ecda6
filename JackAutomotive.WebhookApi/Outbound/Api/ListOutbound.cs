using System.Globalization;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Leads;
using JackAutomotive.WebhookApi.Outbound.Jobs;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Outbound.Api;

/// <summary>A page of texts and calls.</summary>
/// <param name="Items">The texts and calls, newest first.</param>
/// <param name="Next">The value of <c>before</c> for the next page; null on the last page.</param>
internal sealed record OutboundPage(IReadOnlyList<OutboundDetails> Items, Guid? Next);

/// <summary><c>GET /api/outbound?lead=&amp;state=&amp;kind=&amp;to=&amp;before=&amp;limit=</c></summary>
internal static class ListOutbound
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;

    /// <summary>Lists texts and calls that went out or are to go out, newest first.</summary>
    /// <param name="reader">Reads the jobs.</param>
    /// <param name="cancellationToken">Signals that the client has disconnected.</param>
    /// <param name="lead">Lists only those of this lead.</param>
    /// <param name="state">Lists only those in this state.</param>
    /// <param name="kind">Lists only texts (text) or calls (call).</param>
    /// <param name="to">Lists only those to this address.</param>
    /// <param name="before">Lists only those older than the one with this id.</param>
    /// <param name="limit">The page size, 1 to 200. The default is 50.</param>
    public static async Task<Results<Ok<OutboundPage>, ValidationProblem>> Handle(
        OutboundReader reader,
        CancellationToken cancellationToken,
        string? lead = null,
        string? state = null,
        string? kind = null,
        string? to = null,
        string? before = null,
        string? limit = null)
    {
        var errors = new Dictionary<string, string[]>();
        LeadId? leadId = LeadId.TryParse(lead, null, out var parsedLead) ? parsedLead : null;
        ChannelAddress? address = ChannelAddress.TryParseSender(to, out var parsedAddress) ? parsedAddress : null;
        Guid? beforeId = Guid.TryParse(before, out var parsedBefore) ? parsedBefore : null;
        var size = DefaultLimit;
        var isSize = limit is null
            || (int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out size) && size is >= 1 and <= MaxLimit);
        AddErrorIf(errors, lead is not null && leadId is null, "lead", "This is not a lead's id.");
        AddErrorIf(errors, to is not null && address is null, "to", "Nobody can have this address. Write it like %2B12025550123.");
        AddErrorIf(errors, before is not null && beforeId is null, "before", "It must be the id that the previous page gave as next.");
        var isState = state is null || OutboundStates.All.Contains(state);
        AddErrorIf(errors, !isState, "state", $"It must be one of {string.Join(", ", OutboundStates.All)}.");
        AddErrorIf(errors, kind is not (null or OutboundKinds.Text or OutboundKinds.Call), "kind", "It must be text or call.");
        AddErrorIf(errors, !isSize, "limit", $"The limit must be a number from 1 to {MaxLimit}.");
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        // One more than requested shows whether there is another page.
        var found = await reader.ListAsync(leadId, state, kind, address, beforeId, size + 1, cancellationToken);
        return TypedResults.Ok(found.Count > size ? new OutboundPage([.. found.Take(size)], found[size - 1].Id) : new OutboundPage(found, null));
    }

    private static void AddErrorIf(Dictionary<string, string[]> errors, bool isWrong, string name, string message)
    {
        if (isWrong)
        {
            errors.TryAdd(name, [message]);
        }
    }
}
