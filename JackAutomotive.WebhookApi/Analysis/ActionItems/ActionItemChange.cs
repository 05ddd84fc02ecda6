using System.Text.Json;

namespace JackAutomotive.WebhookApi.Analysis.ActionItems;

/// <summary>The parts of an action item that a person or a repeated analysis changes.</summary>
internal sealed record ItemState(
    string Owner,
    DateTimeOffset? DueAt,
    string State,
    DateTimeOffset? SnoozedUntil,
    string? EditedBy,
    string Text);

/// <summary>
/// A person's change of an action item. A field that is left out stays as it is:
/// <code>{"done": true, "snoozedUntil": "2026-11-24T15:00:00Z", "owner": "staff"}</code>
/// </summary>
/// <param name="Done">True: the item is done. False: the item is open again.</param>
/// <param name="ChangesSnooze">Whether the change has the field snoozedUntil.</param>
/// <param name="SnoozedUntil">The time until which the item rests; null ends the rest.</param>
/// <param name="Owner">Who has to act: customer or staff.</param>
internal sealed record ActionItemChange(bool? Done, bool ChangesSnooze, DateTimeOffset? SnoozedUntil, string? Owner)
{
    /// <summary>Reads a change. Unknown fields are errors, because a field with a typing error would otherwise change nothing silently.</summary>
    public static ActionItemChange Read(JsonElement body, DateTimeOffset now, out Dictionary<string, string[]> errors)
    {
        var change = new ActionItemChange(null, false, null, null);
        errors = [];
        if (body.ValueKind != JsonValueKind.Object || body.GetPropertyCount() == 0)
        {
            errors["body"] = ["It must be a JSON object with at least one of done, snoozedUntil and owner."];
            return change;
        }

        foreach (var (name, value) in RequestJson.FieldsOf(body))
        {
            switch (name)
            {
                case "done" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    change = change with { Done = value.GetBoolean() };
                    break;
                case "snoozedUntil" when value.ValueKind == JsonValueKind.Null:
                    change = change with { ChangesSnooze = true, SnoozedUntil = null };
                    break;
                case "snoozedUntil" when ReadFutureTime(value, now) is { } until:
                    change = change with { ChangesSnooze = true, SnoozedUntil = until };
                    break;
                case "owner" when RequestJson.TextOrNull(value) is "customer" or "staff":
                    change = change with { Owner = RequestJson.TextOrNull(value) };
                    break;
                default:
                    errors[name] = [DescribeRule(name)];
                    break;
            }
        }

        return change;
    }

    /// <summary>Returns the item after the change. An item that is done does not rest.</summary>
    public ItemState ApplyTo(ItemState item)
    {
        var state = Done switch
        {
            true => "done",
            false => "open",
            null => item.State,
        };
        var snoozedUntil = ChangesSnooze ? SnoozedUntil : item.SnoozedUntil;
        return item with { State = state, Owner = Owner ?? item.Owner, SnoozedUntil = state == "done" ? null : snoozedUntil };
    }

    private static DateTimeOffset? ReadFutureTime(JsonElement value, DateTimeOffset now) =>
        RequestJson.TextOrNull(value) is { } text && Rfc3339.TryParse(text, out var time) && time > now && time < now.AddYears(10)
            ? TruncateToMicroseconds(time.ToUniversalTime())
            : null;

    // Postgres stores microseconds.
    private static DateTimeOffset TruncateToMicroseconds(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));

    private static string DescribeRule(string field) => field switch
    {
        "done" => "It must be true (done) or false (open again).",
        "snoozedUntil" => "It must be a time in the future with an offset, such as 2026-11-24T15:00:00Z, within ten years; or null, which ends the rest.",
        "owner" => "It must be 'customer' or 'staff'.",
        _ => "There is no such field. The fields are done, snoozedUntil and owner.",
    };
}
