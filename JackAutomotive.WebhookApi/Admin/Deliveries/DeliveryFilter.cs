using System.Globalization;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Inbox;

namespace JackAutomotive.WebhookApi.Admin.Deliveries;

/// <summary>Criteria that select deliveries. A criterion that is null matches every delivery.</summary>
internal sealed record DeliveryFilter
{
    private const int MaxTopicLength = 100;

    private const int MaxSenderLength = 200;

    /// <summary>One of <see cref="Topics"/>, or a topic of another version of this program.</summary>
    public string? Topic { get; init; }

    /// <summary>pending, done or parked.</summary>
    public string? State { get; init; }

    /// <summary>malformed, unroutable or exhausted.</summary>
    public string? ParkedAs { get; init; }

    /// <summary>A MessageSid, CallSid, RecordingSid or conversation id.</summary>
    public string? ProviderId { get; init; }

    /// <summary>
    /// The sender of a text, or the other side of a call or conversation: a phone number in any spelling, or the text that the provider sent.
    /// </summary>
    public string? Sender { get; init; }

    /// <summary>Selects deliveries that caused a lead event for this lead.</summary>
    public LeadId? Lead { get; init; }

    /// <summary>Inclusive lower bound of the time at which a delivery was received.</summary>
    public DateTimeOffset? ReceivedFrom { get; init; }

    /// <summary>Exclusive upper bound of the time at which a delivery was received.</summary>
    public DateTimeOffset? ReceivedTo { get; init; }

    /// <summary>The page cursor: selects deliveries older than the delivery with this id.</summary>
    public long? After { get; init; }

    /// <summary>Maximum number of deliveries.</summary>
    public int Limit { get; init; }

    /// <summary>True if the filter has a criterion besides the page (<see cref="After"/> and <see cref="Limit"/>).</summary>
    public bool HasCriterion => this with { After = null, Limit = 0 } != new DeliveryFilter();

    /// <summary>Returns true for a criterion that is a number in JSON. Every other criterion is a string.</summary>
    public static bool IsNumber(string name) => name is "after" or "limit";

    /// <summary>Reads a filter from the fields of a request.</summary>
    /// <param name="fields">Names and values as the caller sent them.</param>
    /// <param name="defaultLimit">The limit if the caller sets none.</param>
    /// <param name="maxLimit">The highest limit that the caller may set.</param>
    /// <param name="errors">For each invalid field, the rule that it breaks. An unknown name is also an error, because a filter without that
    /// criterion would select too many deliveries.</param>
    public static DeliveryFilter Read(
        IEnumerable<KeyValuePair<string, string>> fields,
        int defaultLimit,
        int maxLimit,
        out Dictionary<string, string[]> errors)
    {
        var filter = new DeliveryFilter { Limit = defaultLimit };
        var errorsByField = new Dictionary<string, string[]>();
        foreach (var (name, value) in fields)
        {
            filter = AddCriterion(filter, name, value, maxLimit, out var error);
            if (error is not null)
            {
                errorsByField[name] = [error];
            }
        }

        if (filter is { ParkedAs: not null, State: not null and not "parked" })
        {
            errorsByField["parkedAs"] = ["Only parked deliveries have this: omit state, or set it to 'parked'."];
        }

        if (filter.ReceivedFrom >= filter.ReceivedTo)
        {
            errorsByField["receivedTo"] = ["It must be later than receivedFrom."];
        }

        errors = errorsByField;
        return filter;
    }

    private static DeliveryFilter AddCriterion(DeliveryFilter filter, string name, string value, int maxLimit, out string? error)
    {
        error = null;
        switch (name)
        {
            case "topic" when HasTopicForm(value):
                return filter with { Topic = value };
            case "state" when value is "pending" or "done" or "parked":
                return filter with { State = value };
            case "parkedAs" when value is Parking.Malformed or Parking.Unroutable or Parking.Exhausted:
                return filter with { ParkedAs = value };
            case "providerId" when ProviderIds.IsProviderId(value):
                return filter with { ProviderId = value };
            case "sender" when value.Trim().Length is > 0 and <= MaxSenderLength && PlainText.Clean(value) == value:
                return filter with { Sender = value };
            case "lead" when LeadId.TryParse(value, null, out var lead):
                return filter with { Lead = lead };
            case "receivedFrom" when Rfc3339.TryParse(value, out var from):
                return filter with { ReceivedFrom = from };
            case "receivedTo" when Rfc3339.TryParse(value, out var to):
                return filter with { ReceivedTo = to };
            case "after" when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var after):
                return filter with { After = after };
            case "limit" when TryParseLimit(value, maxLimit, out var limit):
                return filter with { Limit = limit };
            default:
                error = RuleOf(name, maxLimit);
                return filter;
        }
    }

    private static bool TryParseLimit(string value, int maxLimit, out int limit) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit >= 1 && limit <= maxLimit;

    private static string RuleOf(string name, int maxLimit) => name switch
    {
        "topic" => "It must be a topic, such as 'twilio.sms-incoming'; GET /api/deliveries/counters lists them.",
        "state" => "It must be 'pending', 'done' or 'parked'.",
        "parkedAs" => $"It must be '{Parking.Malformed}', '{Parking.Unroutable}' or '{Parking.Exhausted}'.",
        "providerId" => "It must be a MessageSid, CallSid, RecordingSid or conversation id: up to 100 letters, digits, '_', '-' and '.'.",
        "sender" => $"It must be a phone number, a short code, a name or an address such as messenger:123: 1 to {MaxSenderLength} characters.",
        "lead" => "It must be a lead's id.",
        "receivedFrom" or "receivedTo" =>
            "It must be an RFC 3339 time with an offset, such as 2026-11-23T12:00:00Z; in a query, a plus sign is written %2B.",
        "after" => "It must be the value of 'next' on the previous page.",
        "limit" => $"It must be a number from 1 to {maxLimit}.",
        _ => "The criterion is unknown. The known criteria are topic, state, parkedAs, providerId, sender, lead, "
            + "receivedFrom, receivedTo, after, limit.",
    };

    // The inbox may hold topics of another version of this program, so every name in the form of a topic is allowed.
    private static bool HasTopicForm(string value) =>
        value.Length <= MaxTopicLength && value.Contains('.', StringComparison.Ordinal)
        && value.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-');
}
