using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace JackAutomotive.WebhookApi.Messaging;

/// <summary>Makes other people's text fit for a Postgres <c>text</c> column.</summary>
internal static class PlainText
{
    /// <summary>
    /// Leaves out NUL, which Postgres cannot hold, and replaces halves of surrogate pairs, which UTF-8 cannot express, with U+FFFD.
    /// Everything else stays as it is.
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
