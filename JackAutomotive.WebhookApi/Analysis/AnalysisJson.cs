using System.Text.Encodings.Web;
using System.Text.Json;

namespace JackAutomotive.WebhookApi.Analysis;

/// <summary>The JSON of analyses, in the table and in answers.</summary>
internal static class AnalysisJson
{
    // Escapes only what JSON requires, as the API's answers do.
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);
}
