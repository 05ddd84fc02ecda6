using System.Globalization;
using System.Text.Json;
using JackAutomotive.WebhookApi.Database;

namespace JackAutomotive.WebhookApi.Providers;

/// <summary>
/// Reads fields of JSON objects from <see cref="JsonBody"/>. Any field may be missing, null or of another type than documented. Each method
/// returns null for such a field, so that the other fields remain readable.
/// </summary>
internal static class JsonFields
{
    // No provider's id is nearly as long. Postgres limits an index entry to a third of a page, so a longer id could not be stored.
    private const int MaxIdLength = 200;

    private static readonly TimeSpan s_maxDuration = TimeSpan.FromDays(7);

    /// <summary>Returns a field of an object; null if the field is missing or null, or if the parent is not an object.</summary>
    public static JsonElement? ReadField(this JsonElement? parent, string name) =>
        parent is { ValueKind: JsonValueKind.Object } json
        && json.TryGetProperty(name, out var value)
        && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    /// <summary>Returns a field as text that Postgres can store. A number is returned as it is written.</summary>
    public static string? ReadText(this JsonElement? parent, string name) => parent.ReadField(name) switch
    {
        { ValueKind: JsonValueKind.String } text => PlainText.Clean(text.GetString()),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => null,
    };

    /// <summary>Returns a field as text without surrounding white space; null if nothing remains.</summary>
    public static string? ReadTrimmedText(this JsonElement? parent, string name) =>
        parent.ReadText(name)?.Trim() is { Length: > 0 } text ? text : null;

    /// <summary>Returns an id, as <see cref="ReadTrimmedText"/> does; null also if the text is too long for an id.</summary>
    public static string? ReadId(this JsonElement? parent, string name) =>
        parent.ReadTrimmedText(name) is { Length: <= MaxIdLength } id ? id : null;

    /// <summary>Returns a field as a finite number; accepts a number that is written as text.</summary>
    public static double? ReadNumber(this JsonElement? parent, string name) =>
        double.TryParse(parent.ReadText(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : null;

    /// <summary>Returns a whole number from 0; accepts a number that is written as text or with a fraction of zero.</summary>
    public static int? ReadWholeNumber(this JsonElement? parent, string name) =>
        parent.ReadNumber(name) is >= 0 and <= int.MaxValue and { } number && double.IsInteger(number) ? (int)number : null;

    /// <summary>Returns a length of time in seconds; null for a negative number, which stands for an unknown length, and for an absurd one.</summary>
    public static double? ReadDuration(this JsonElement? parent, string name) =>
        parent.ReadNumber(name) is >= 0 and { } seconds && seconds <= s_maxDuration.TotalSeconds ? seconds : null;

    /// <summary>Returns a field as true or false.</summary>
    public static bool? ReadFlag(this JsonElement? parent, string name) => parent.ReadField(name)?.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>Returns a field with a Unix time or a formatted time as a time; null for 0 and other times outside this century.</summary>
    public static DateTimeOffset? ReadTime(this JsonElement? parent, string name) =>
        parent.ReadNumber(name) is { } number ? ProviderTime.FromUnix(number) : ProviderTime.Parse(parent.ReadTrimmedText(name));

    /// <summary>Returns the elements of an array field; null if the field is not an array.</summary>
    public static IEnumerable<JsonElement?>? ReadItems(this JsonElement? parent, string name) =>
        parent.ReadField(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray().Select(item => (JsonElement?)item) : null;
}
