using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using JackAutomotive.WebhookApi.Database;

namespace JackAutomotive.WebhookApi.Providers;

/// <summary>
/// Reads fields of JSON objects. Any field may be missing, null or of another type than documented. Each method returns null for such a field,
/// so that the other fields remain readable.
/// </summary>
internal static class JsonFields
{
    // Unix seconds of 9999-12-31T23:59:59Z, the last second that DateTimeOffset can represent.
    private const double MaxUnixSeconds = 253_402_300_799;

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
        { ValueKind: JsonValueKind.String } text => PlainText.Clean(DecodeText(text)),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => null,
    };

    /// <summary>Returns a field as text without surrounding white space; null if nothing remains.</summary>
    public static string? ReadTrimmedText(this JsonElement? parent, string name) =>
        parent.ReadText(name)?.Trim() is { Length: > 0 } text ? text : null;

    /// <summary>Returns a field as a finite number; accepts a number that is written as text.</summary>
    public static double? ReadNumber(this JsonElement? parent, string name) =>
        double.TryParse(parent.ReadText(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : null;

    /// <summary>Returns a field as true or false.</summary>
    public static bool? ReadFlag(this JsonElement? parent, string name) => parent.ReadField(name)?.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>Returns a field with Unix seconds as a time.</summary>
    public static DateTimeOffset? ReadUnixTime(this JsonElement? parent, string name) =>
        parent.ReadNumber(name) is >= 0 and <= MaxUnixSeconds and { } seconds
            ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond))
            : null;

    /// <summary>Returns the elements of an array field; null if the field is not an array.</summary>
    public static IEnumerable<JsonElement?>? ReadItems(this JsonElement? parent, string name) =>
        parent.ReadField(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray().Select(item => (JsonElement?)item) : null;

    private static string DecodeText(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // The text contains half of a surrogate pair ("\ud83d") or bytes that are not UTF-8. The readable part is still useful.
            return Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(text))[1..^1];
        }
    }
}
