using System.Diagnostics.CodeAnalysis;
using JackAutomotive.WebhookApi.Database;

namespace JackAutomotive.WebhookApi.Timeline.Labels;

/// <summary>The name of a label, in one spelling.</summary>
internal static class LabelName
{
    public const string Rule = "A label has 1 to 50 characters: letters, digits, spaces and . _ - + & / : #.";

    private const int MaxLength = 50;

    /// <summary>Reads a label. Case, and spaces around it, make no difference.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out string? label)
    {
        label = text.Trim().ToLowerInvariant();
        if (label.Length is > 0 and <= MaxLength && PlainText.Clean(label) == label && label.All(IsAllowed) && label.Any(char.IsLetterOrDigit))
        {
            return true;
        }

        label = null;
        return false;
    }

    private static bool IsAllowed(char c) => char.IsLetterOrDigit(c) || c is ' ' or '.' or '_' or '-' or '+' or '&' or '/' or ':' or '#';
}
