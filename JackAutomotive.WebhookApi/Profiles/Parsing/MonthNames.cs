namespace JackAutomotive.WebhookApi.Profiles.Parsing;

/// <summary>The English names of the months.</summary>
internal static class MonthNames
{
    private static readonly string[] s_names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

    /// <summary>Returns the number of a month, 1 to 12, by the first three letters of its name; null if there is none.</summary>
    public static int? Find(string word) =>
        word.Length >= 3 && Array.IndexOf(s_names, word[..3].ToLowerInvariant()) is >= 0 and var index ? index + 1 : null;
}
