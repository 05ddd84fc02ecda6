using System.Globalization;
using System.Text.Json;
using Twilio.Exceptions;

namespace Twilio.Json;

/// <summary>
/// Reads one answer of the API. Forgiving as to strings and numbers, since Twilio writes some numbers as strings; a missing value is null.
/// </summary>
internal readonly struct JsonObject(JsonElement element)
{
    /// <summary>Parses an answer and makes something of it.</summary>
    /// <exception cref="ApiException">It is no JSON, or not of the expected shape.</exception>
    public static T Read<T>(string? json, Func<JsonObject, T> make)
    {
        try
        {
            using var document = JsonDocument.Parse(json ?? "");
            return make(new JsonObject(document.RootElement));
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            throw new ApiException(exception.Message, exception);
        }
    }

    public string? Text(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { } other => other.GetRawText(),
    };

    public int? Number(string name) => Text(name) is { } text ? int.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture) : null;

    /// <summary>Twilio writes RFC 2822, for example <c>Thu, 30 Jul 2026 20:12:31 +0000</c>.</summary>
    public DateTime? Date(string name) =>
        Text(name) is { } text ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture).LocalDateTime : null;

    public Dictionary<string, string>? Texts(string name) =>
        Find(name)?.EnumerateObject().ToDictionary(property => property.Name, property => property.Value.ToString());

    public List<T> List<T>(string name, Func<JsonObject, T> make) =>
        Find(name) is { } list ? [.. list.EnumerateArray().Select(item => make(new JsonObject(item)))] : [];

    private JsonElement? Find(string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
