using System.Text.Encodings.Web;
using System.Text.Json;

namespace JackAutomotive.WebhookApi.Outbound.Jobs;

/// <summary>The JSON that jobs store and send.</summary>
internal static class OutboundJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Returns the name of an enum value as it stands in JSON.</summary>
    public static string NameOf<T>(T value) where T : struct, Enum => JsonSerializer.Serialize(value, Options).Trim('"');
}
