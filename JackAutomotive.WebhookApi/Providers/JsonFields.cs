using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using JackAutomotive.WebhookApi.Database;

namespace JackAutomotive.WebhookApi.Providers;

/// <summary>
/// Reads JSON whose fields may each be missing, null or of another type than documented: whatever cannot be had is null, and never
/// costs the rest.
/// </summary>
internal static class JsonFields
{
    // Unix seconds of 9999-12-31T23:59:59Z, the last that DateTimeOffset can hold.
    private const double MaxUnixSeconds = 253_402_300_799;

    /// <summary>A field of an object.</summary>
    public static JsonElement? Field(this JsonElement? parent, string name) =>
        parent is { ValueKind: JsonValueKind.Object } json
        && json.TryGetProperty(name, out var value)
        && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    /// <summary>A field as text; numbers are taken as they are written. Fit to be stored.</summary>
    public static string? Text(this JsonElement? parent, string name) => parent.Field(name) switch
    {
        { ValueKind: JsonValueKind.String } text => PlainText.Clean(TextOf(text)),
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        _ => null,
    };

    /// <summary>A field as text that says something, without white space around it.</summary>
    public static string? Word(this JsonElement? parent, string name) =>
        parent.Text(name)?.Trim() is { Length: > 0 } word ? word : null;

    /// <summary>A field as a finite number; text that spells one counts.</summary>
    public static double? Number(this JsonElement? parent, string name) =>
        double.TryParse(parent.Text(name), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : null;

    /// <summary>A field as true or false.</summary>
    public static bool? Flag(this JsonElement? parent, string name) => parent.Field(name)?.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>A field that holds Unix seconds, as a time.</summary>
    public static DateTimeOffset? UnixTime(this JsonElement? parent, string name) =>
        parent.Number(name) is >= 0 and <= MaxUnixSeconds and { } seconds
            ? DateTimeOffset.UnixEpoch.AddTicks((long)(seconds * TimeSpan.TicksPerSecond))
            : null;

    /// <summary>The elements of an array field, or null if there is no array.</summary>
    public static IEnumerable<JsonElement?>? Items(this JsonElement? parent, string name) =>
        parent.Field(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray().Select(item => (JsonElement?)item) : null;

    private static string TextOf(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair ("\ud83d") or bytes that are no UTF-8: what can be read of it is better than nothing.
            return Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(text))[1..^1];
        }
    }
}
