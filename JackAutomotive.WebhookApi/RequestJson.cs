using System.Text.Json;

namespace JackAutomotive.WebhookApi;

/// <summary>Checks the JSON of a request to our API.</summary>
internal static class RequestJson
{
    /// <summary>
    /// Returns whether every name and text of the JSON can be read. An escape such as <c>\ud83d</c> without its second half is valid JSON,
    /// but no text.
    /// </summary>
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
}
