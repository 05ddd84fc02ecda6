using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace JackAutomotive.WebhookApi.Timeline;

/// <summary>
/// The place of the last item of a page, as clients hand it back to read the next page. Clients must not interpret it.
/// </summary>
internal static class PageCursor
{
    private const int MaxLength = 2000;

    public static string Write(params string[] parts) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(parts));

    /// <summary>Returns the parts of a cursor; null if the text is no cursor with this number of parts.</summary>
    public static string[]? TryRead(string text, int parts)
    {
        if (text.Length > MaxLength || !Base64Url.IsValid(text))
        {
            return null;
        }

        try
        {
            var read = JsonSerializer.Deserialize<string?[]>(Base64Url.DecodeFromChars(text));
            return read?.Length == parts && read.All(IsStorable) ? [.. read.OfType<string>()] : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Postgres takes neither NUL nor half of a surrogate pair.
    private static bool IsStorable(string? part) =>
        part is not null && !part.Contains('\0', StringComparison.Ordinal) && part.EnumerateRunes().All(rune => rune != Rune.ReplacementChar);
}
