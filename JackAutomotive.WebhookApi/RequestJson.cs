using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace JackAutomotive.WebhookApi;

/// <summary>
/// Reads the JSON that callers of our API send. JSON can contain half of a UTF-16 surrogate pair (<c>"\ud800"</c>) and bytes that are not
/// UTF-8. Such text cannot be encoded for Postgres or Redis, and <see cref="JsonElement"/> throws when it is read.
/// </summary>
internal static class RequestJson
{
    /// <summary>Returns a JSON string; null if the value is not a string or not valid Unicode.</summary>
    public static string? TextOrNull(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Returns the fields of an object in their order. A name that is not valid Unicode is returned as the caller wrote it.</summary>
    public static IEnumerable<(string Name, JsonElement Value)> FieldsOf(JsonElement json) =>
        json.EnumerateObject().Select(field => (NameOf(field), field.Value));

    /// <summary>Returns whether every name and text of the JSON is valid Unicode.</summary>
    public static bool IsReadable(JsonElement json)
    {
        try
        {
            return json.ValueKind switch
            {
                JsonValueKind.Object => json.EnumerateObject().All(property => property.Name is not null && IsReadable(property.Value)),
                JsonValueKind.Array => json.EnumerateArray().All(IsReadable),
                JsonValueKind.String => json.GetString() is not null,
                _ => true,
            };
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string NameOf(JsonProperty field)
    {
        try
        {
            return field.Name;
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8PropertyName(field));
        }
    }
}
