using System.Text;
using System.Text.RegularExpressions;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// Searches a body that is not JSON, for example because its end is missing. The result serves only to find the parked delivery again.
/// </summary>
internal static partial class UnreadableBody
{
    // ElevenLabs sends the id near the beginning, and a body may have megabytes.
    private const int MaxSearchedBytes = 256 * 1024;

    /// <summary>Returns the first conversation id in a body; null if there is none.</summary>
    public static string? FindConversationId(ReadOnlySpan<byte> body)
    {
        var text = Encoding.Latin1.GetString(body[..Math.Min(body.Length, MaxSearchedBytes)]);
        return ConversationId().Match(text) is { Success: true } match ? match.Groups["id"].Value : null;
    }

    [GeneratedRegex("""
        "conversation_id"\s*:\s*"(?<id>[A-Za-z0-9_.-]{1,100})"
        """)]
    private static partial Regex ConversationId();
}
