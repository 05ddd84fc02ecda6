using System.Globalization;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Leads;
using Microsoft.AspNetCore.Http.HttpResults;

namespace JackAutomotive.WebhookApi.Timeline;

/// <summary>A page of leads.</summary>
/// <param name="Items">The leads, newest first.</param>
/// <param name="Next">The value of <c>before</c> for the next page; null on the last page.</param>
internal sealed record LeadPage(IReadOnlyList<LeadListItem> Items, Guid? Next);

/// <summary><c>GET /api/leads?phone=&amp;address=&amp;before=&amp;limit=</c></summary>
internal static class ListLeads
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;

    /// <summary>Lists leads, newest first.</summary>
    /// <param name="leads">Reads the leads.</param>
    /// <param name="cancellationToken">Signals that the client has disconnected.</param>
    /// <param name="phone">Lists only the lead with this phone number, in any usual spelling.</param>
    /// <param name="address">
    /// Lists only the lead with this address: a phone number, <c>messenger:123</c>, a short code or the name of a sender.
    /// </param>
    /// <param name="before">Lists only leads older than the lead with this id.</param>
    /// <param name="limit">The page size, 1 to 200. The default is 50.</param>
    public static async Task<Results<Ok<LeadPage>, ValidationProblem>> Handle(
        LeadReader leads,
        CancellationToken cancellationToken,
        string? phone = null,
        string? address = null,
        string? before = null,
        string? limit = null)
    {
        var errors = new Dictionary<string, string[]>();
        ChannelAddress? leadAddress = null;
        LeadId? beforeLead = null;
        if (phone is not null)
        {
            leadAddress = PhoneNumber.TryParse(phone, out var parsed) ? ChannelAddress.FromPhone(parsed) : null;
            AddErrorIf(
                errors,
                leadAddress is null,
                "phone",
                "This is not a phone number. Write it like +12025550123, with the plus sign encoded as %2B.");
        }

        if (address is not null)
        {
            AddErrorIf(errors, phone is not null, "address", "Search by phone or by address, not by both.");
            leadAddress = ChannelAddress.TryParseSender(address, out var parsed) ? parsed : leadAddress;
            AddErrorIf(
                errors,
                leadAddress is null,
                "address",
                "No lead can have this address. Write it like %2B12025550123, messenger:123, 72404 or ACME.");
        }

        if (before is not null)
        {
            beforeLead = LeadId.TryParse(before, null, out var parsed) ? parsed : null;
            AddErrorIf(errors, beforeLead is null, "before", "This is not a lead's id.");
        }

        var pageSize = DefaultLimit;
        var isLimit = limit is null || int.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out pageSize);
        AddErrorIf(errors, !isLimit || pageSize is < 1 or > MaxLimit, "limit", $"The limit must be a number from 1 to {MaxLimit}.");
        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        // One lead more than requested shows whether there is another page.
        var found = await leads.ListAsync(beforeLead, leadAddress, pageSize + 1, cancellationToken);
        return found.Count > pageSize
            ? TypedResults.Ok(new LeadPage([.. found.Take(pageSize)], found[pageSize - 1].Id))
            : TypedResults.Ok(new LeadPage(found, null));
    }

    private static void AddErrorIf(Dictionary<string, string[]> errors, bool isWrong, string name, string message)
    {
        if (isWrong)
        {
            errors.TryAdd(name, [message]);
        }
    }
}
