using System.Globalization;
using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Messaging;

namespace JackAutomotive.WebhookApi.Features.Deliveries;

/// <summary>Which deliveries are meant. What is null does not matter.</summary>
internal sealed record DeliveryFilter
{
    private const int MaxTopicLength = 100;

    /// <summary>See <see cref="Topics"/>.</summary>
    public string? Topic { get; init; }

    /// <summary>pending, done or parked.</summary>
    public string? State { get; init; }

    /// <summary>malformed, unroutable or exhausted.</summary>
    public string? ParkedAs { get; init; }

    /// <summary>A MessageSid, CallSid, RecordingSid or conversation id.</summary>
    public string? ProviderId { get; init; }

    /// <summary>Those that caused something for this lead.</summary>
    public LeadId? Lead { get; init; }

    /// <summary>Received then or later.</summary>
    public DateTimeOffset? ReceivedFrom { get; init; }

    /// <summary>Received before then.</summary>
    public DateTimeOffset? ReceivedTo { get; init; }

    /// <summary>Only those older than the delivery with this id: the cursor of a page.</summary>
    public long? After { get; init; }

    /// <summary>How many at most.</summary>
    public int Limit { get; init; }

    /// <summary>Whether anything but a page is asked for.</summary>
    public bool HasCriterion => this with { After = null, Limit = 0 } != new DeliveryFilter();

    /// <summary>Reads a filter.</summary>
    /// <param name="fields">Names and values as they were given.</param>
    /// <param name="defaultLimit">If none is given.</param>
    /// <param name="maxLimit">The highest that may be given.</param>
    /// <param name="errors">For each field that is wrong, what it must be. A name that does not exist is wrong too: passing it over
    /// would mean more deliveries than were asked for.</param>
    public static DeliveryFilter Read(
        IEnumerable<KeyValuePair<string, string>> fields,
        int defaultLimit,
        int maxLimit,
        out Dictionary<string, string[]> errors)
    {
        var filter = new DeliveryFilter { Limit = defaultLimit };
        var wrong = new Dictionary<string, string[]>();
        foreach (var (name, value) in fields)
        {
            filter = Read(filter, name, value, maxLimit, out var mustBe);
            if (mustBe is not null)
            {
                wrong[name] = [mustBe];
            }
        }

        if (filter is { ParkedAs: not null, State: not null and not "parked" })
        {
            wrong["parkedAs"] = ["Only parked deliveries have this: leave state out, or make it 'parked'."];
        }

        if (filter.ReceivedFrom >= filter.ReceivedTo)
        {
            wrong["receivedTo"] = ["It must be later than receivedFrom."];
        }

        errors = wrong;
        return filter;
    }

    private static DeliveryFilter Read(DeliveryFilter filter, string name, string value, int maxLimit, out string? mustBe)
    {
        mustBe = null;
        switch (name)
        {
            case "topic" when IsTopic(value):
                return filter with { Topic = value };
            case "state" when value is "pending" or "done" or "parked":
                return filter with { State = value };
            case "parkedAs" when value is Parking.Malformed or Parking.Unroutable or Parking.Exhausted:
                return filter with { ParkedAs = value };
            case "providerId" when ProviderIds.IsOne(value):
                return filter with { ProviderId = value };
            case "lead" when LeadId.TryParse(value, null, out var lead):
                return filter with { Lead = lead };
            case "receivedFrom" when Rfc3339.TryParse(value, out var from):
                return filter with { ReceivedFrom = from };
            case "receivedTo" when Rfc3339.TryParse(value, out var to):
                return filter with { ReceivedTo = to };
            case "after" when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var after):
                return filter with { After = after };
            case "limit" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
                && limit >= 1 && limit <= maxLimit:
                return filter with { Limit = limit };
            default:
                mustBe = RuleOf(name, maxLimit);
                return filter;
        }
    }

    private static string RuleOf(string name, int maxLimit) => name switch
    {
        "topic" => "It must be a topic, such as 'twilio.sms-incoming'; GET /api/deliveries/counters lists them.",
        "state" => "It must be 'pending', 'done' or 'parked'.",
        "parkedAs" => $"It must be '{Parking.Malformed}', '{Parking.Unroutable}' or '{Parking.Exhausted}'.",
        "providerId" => "It must be a MessageSid, CallSid, RecordingSid or conversation id: up to 100 letters, digits, '_', '-' and '.'.",
        "lead" => "It must be a lead's id.",
        "receivedFrom" or "receivedTo" =>
            "It must be a time as in RFC 3339 with its offset, such as 2026-11-23T12:00:00Z; in a query, a plus sign is written %2B.",
        "after" => "It must be 'next' of the page before.",
        "limit" => $"It must be a number from 1 to {maxLimit}.",
        _ => "There is no such criterion. These exist: topic, state, parkedAs, providerId, lead, receivedFrom, receivedTo, after, limit.",
    };

    // Topics of another version of this program may be in the inbox, so any that looks like one will do.
    private static bool IsTopic(string value) =>
        value.Length <= MaxTopicLength && value.Contains('.', StringComparison.Ordinal)
        && value.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-');
}
