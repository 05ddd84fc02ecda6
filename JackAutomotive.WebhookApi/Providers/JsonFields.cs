using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using JackAutomotive.WebhookApi.Database;

namespace JackAutomotive.WebhookApi.Providers;

/// <summary>
/// Reads fields of JSON objects in which any field may be missing, null or of another type than documented. A method returns null for such a
/// field, so that one bad field never prevents reading the others.
/// </summary>
internal static class JsonFields
{
    // Unix seconds of 9999-12-31T23:59:59Z, the last second that DateTimeOffset can represent.
    private const double MaxUnixSeconds = 253_402_300_799;

    /// <summary>Returns a field of an object; null if the field is missing or null, or if the parent is not an object.</summary>
    public static JsonElement? Field(this JsonElement? parent, string name) =>
        parent is { ValueKind: JsonValueKind.Object } json
        && json.TryGetProperty(name, out var value)
        && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    /// <summary>Returns a field as text that Postgres can store. A number is returned as it is written.</summary>
    public static string? Text(this JsonElement? parent, string name) => parent.Field(name) switch
    {
        { ValueKind: JsonValueKind.String } text => PlainText.Clean(ReadString(text)),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => null,
    };

    /// <summary>Returns a field as text without surrounding white space; null if nothing remains.</summary>
    public static string? TrimmedText(this JsonElement? parent, string name) =>
        parent.Text(name)?.Trim() is { Length: > 0 } text ? text : null;

    /// <summary>Returns a field as a finite number; accepts a number that is written as text.</summary>
    public static double? Number(this JsonElement? parent, string name) =>
        double.TryParse(parent.Text(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : null;

    /// <summary>Returns a field as true or false.</summary>
    public static bool? Flag(this JsonElement? parent, string name) => parent.Field(name)?.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>Returns a field that holds Unix seconds as a time.</summary>
    public static DateTimeOffset? UnixTime(this JsonElement? parent, string name) =>
        parent.Number(name) is >= 0 and <= MaxUnixSeconds and { } seconds
            ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond))
            : null;

    /// <summary>Returns the elements of an array field; null if the field is not an array.</summary>
    public static IEnumerable<JsonElement?>? Items(this JsonElement? parent, string name) =>
        parent.Field(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray().Select(item => (JsonElement?)item) : null;

    private static string ReadString(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // The text holds half of a surrogate pair ("\ud83d") or bytes that are not UTF-8. The readable part is still useful.
            return Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(text))[1..^1];
        }
    }
}
