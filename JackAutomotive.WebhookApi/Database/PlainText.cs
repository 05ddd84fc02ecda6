using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace JackAutomotive.WebhookApi.Database;

/// <summary>Cleans text from outside this service, so that a Postgres <c>text</c> column can store the text.</summary>
internal static class PlainText
{
    /// <summary>
    /// Removes NUL, which Postgres cannot store, and replaces each unpaired surrogate, which UTF-8 cannot encode, with U+FFFD.
    /// All other characters are unchanged.
    /// </summary>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Clean(string? text)
    {
        if (text is null || !NeedsCleaning(text))
        {
            return text;
        }

        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value != 0)
            {
                clean.Append(rune);
            }
        }

        return clean.ToString();
    }

    private static bool NeedsCleaning(string text) => text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') || text.Contains('\0');
}
