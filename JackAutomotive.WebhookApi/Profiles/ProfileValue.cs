using System.Text.Json;
using System.Text.Json.Nodes;

namespace JackAutomotive.WebhookApi.Profiles;

/// <summary>The typed value of a profile field. Equal values are equal records.</summary>
internal abstract record ProfileValue
{
    /// <summary>Returns the value as our API and our tables show it.</summary>
    public abstract JsonNode ToJson();

    /// <summary>Returns <see cref="ToJson"/> as text.</summary>
    public string ToJsonText() => ToJson().ToJsonString();
}

/// <summary>Words without a further type, such as a name. In JSON a string.</summary>
internal sealed record TextValue(string Text) : ProfileValue
{
    public override JsonNode ToJson() => JsonValue.Create(Text);
}

/// <summary>An amount of money. In JSON a number.</summary>
/// <param name="Dollars">US dollars, in recurring amounts per month. Two decimal digits at most.</param>
internal sealed record MoneyValue(decimal Dollars) : ProfileValue
{
    // The division removes zeros at the end: 3200.00 is written as 3200.
    public override JsonNode ToJson() => JsonValue.Create(Dollars / 1.0000000000000000000000000000m);
}

/// <summary>A length of time. In JSON the number of months.</summary>
/// <param name="Months">Whole months, zero or more.</param>
internal sealed record DurationValue(int Months) : ProfileValue
{
    public override JsonNode ToJson() => JsonValue.Create(Months);
}

/// <summary>A calendar day. In JSON a string such as <c>1988-05-04</c>.</summary>
internal sealed record DateValue(DateOnly Date) : ProfileValue
{
    public override JsonNode ToJson() => JsonValue.Create(Date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
}

/// <summary>One of the choices of a field. In JSON a string such as <c>full_time</c>.</summary>
internal sealed record ChoiceValue(string Choice) : ProfileValue
{
    public override JsonNode ToJson() => JsonValue.Create(Choice);
}

/// <summary>A credit score. People rarely know it exactly, so the value is a range. In JSON an object with min and max.</summary>
internal sealed record CreditScoreValue(int Min, int Max) : ProfileValue
{
    public const int Lowest = 300;
    public const int Highest = 850;

    public override JsonNode ToJson() => new JsonObject { ["min"] = Min, ["max"] = Max };
}

/// <summary>A vehicle that the lead wants. In JSON an object with text and body.</summary>
/// <param name="Text">The words of the lead.</param>
/// <param name="Body">The body style: sedan, suv, truck, van, coupe, hatchback, wagon, convertible or motorcycle; null if it is not known.</param>
internal sealed record VehicleValue(string Text, string? Body) : ProfileValue
{
    public override JsonNode ToJson() => new JsonObject { ["text"] = Text, ["body"] = Body };
}

/// <summary>Whether the lead has a vehicle to trade in. In JSON an object with has and text.</summary>
/// <param name="Has">Whether there is one.</param>
/// <param name="Text">The vehicle in the words of the lead; null if there is none or the lead did not name it.</param>
internal sealed record TradeInValue(bool Has, string? Text) : ProfileValue
{
    public override JsonNode ToJson() => new JsonObject { ["has"] = Has, ["text"] = Text };
}

/// <summary>Reads a value from its JSON form.</summary>
internal static class ProfileValues
{
    /// <summary>
    /// Reads the form of <see cref="ProfileValue.ToJson"/>, and as short forms a single number for a credit score, and true or false for a
    /// trade-in. Returns null for any other JSON. Does not check that a choice is one of the field's choices.
    /// </summary>
    public static ProfileValue? TryRead(ProfileType type, JsonElement json) => (type, json.ValueKind) switch
    {
        (ProfileType.Text, JsonValueKind.String) => new TextValue(json.GetString()!),
        (ProfileType.Money, JsonValueKind.Number) when json.TryGetDecimal(out var dollars) && dollars is >= 0 and <= 10_000_000 =>
            new MoneyValue(decimal.Round(dollars, 2)),
        (ProfileType.Duration, JsonValueKind.Number) when json.TryGetInt32(out var months) && months is >= 0 and <= 1200 =>
            new DurationValue(months),
        (ProfileType.Date, JsonValueKind.String) when DateOnly.TryParseExact(json.GetString(), "yyyy-MM-dd", out var date) => new DateValue(date),
        (ProfileType.Choice, JsonValueKind.String) => new ChoiceValue(json.GetString()!),
        (ProfileType.CreditScore, JsonValueKind.Number) when json.TryGetInt32(out var score) => CreditScore(score, score),
        (ProfileType.CreditScore, JsonValueKind.Object) when ReadInteger(json, "min") is { } min && ReadInteger(json, "max") is { } max =>
            CreditScore(min, max),
        (ProfileType.Vehicle, JsonValueKind.Object) when ReadText(json, "text") is { } text => new VehicleValue(text, ReadText(json, "body")),
        (ProfileType.TradeIn, JsonValueKind.Object) when ReadFlag(json, "has") is { } has =>
            new TradeInValue(has, has ? ReadText(json, "text") : null),
        (ProfileType.TradeIn, JsonValueKind.True or JsonValueKind.False) => new TradeInValue(json.GetBoolean(), null),
        _ => null,
    };

    private static CreditScoreValue? CreditScore(int min, int max) =>
        min >= CreditScoreValue.Lowest && max <= CreditScoreValue.Highest && min <= max ? new CreditScoreValue(min, max) : null;

    private static int? ReadInteger(JsonElement json, string name) =>
        json.TryGetProperty(name, out var field) && field.ValueKind == JsonValueKind.Number && field.TryGetInt32(out var number) ? number : null;

    private static string? ReadText(JsonElement json, string name) =>
        json.TryGetProperty(name, out var field) && field.ValueKind == JsonValueKind.String ? field.GetString() : null;

    private static bool? ReadFlag(JsonElement json, string name) =>
        json.TryGetProperty(name, out var field) && field.ValueKind is JsonValueKind.True or JsonValueKind.False ? field.GetBoolean() : null;
}
