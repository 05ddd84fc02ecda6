namespace JackAutomotive.WebhookApi.Consent;

/// <summary>What a text says about contact.</summary>
internal enum TextConsentMeaning
{
    /// <summary>Nothing.</summary>
    None,

    OptOut,

    OptIn,

    /// <summary>An opt-in if the person has opted out at Twilio, otherwise an ordinary answer.</summary>
    OptInIfOptedOut,

    /// <summary>A request for help, which Twilio answers.</summary>
    Help,
}

/// <summary>
/// Reads the words that carriers define, and Twilio's own reading of a text. Twilio answers these texts itself, so this service never does.
/// </summary>
internal static class TextConsent
{
    // Longer texts contain more than a keyword.
    private const int MaxLength = 40;

    private static readonly HashSet<string> s_stop =
        new(["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"], StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> s_help = new(["HELP", "INFO"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a text.</summary>
    /// <param name="body">The words.</param>
    /// <param name="optOutType">STOP, START or HELP, as Twilio understood the text; null if Twilio did not say.</param>
    /// <param name="isTollFree">Whether the text came to a toll-free number, for which YES means nothing.</param>
    /// <returns>The meaning, and how we know it.</returns>
    public static (TextConsentMeaning Meaning, string Source) Read(string body, string? optOutType, bool isTollFree)
    {
        var keyword = ReadKeyword(body, isTollFree);
        if (keyword == TextConsentMeaning.OptOut)
        {
            return (keyword, ConsentSources.Keyword);
        }

        var meaning = optOutType?.Trim().ToUpperInvariant() switch
        {
            "STOP" => TextConsentMeaning.OptOut,
            "START" => TextConsentMeaning.OptIn,
            "HELP" => TextConsentMeaning.Help,
            _ => TextConsentMeaning.None,
        };
        return meaning == TextConsentMeaning.None ? (keyword, ConsentSources.Keyword) : (meaning, ConsentSources.OptOutType);
    }

    private static TextConsentMeaning ReadKeyword(string body, bool isTollFree)
    {
        if (body.Length > MaxLength)
        {
            return TextConsentMeaning.None;
        }

        // An opt-out counts in more spellings than Twilio's ("Opt-out!", "STOP ALL"), an opt-in only as a word.
        var folded = string.Concat(body.Select(FoldWidth));
        var word = folded.Trim().Trim('.', '!', '?', ',', ';', ':', '"', '\'', '(', ')', '*', '“', '”', '‘', '’').Trim();
        if (s_stop.Contains(word) || s_stop.Contains(string.Concat(folded.Where(char.IsLetter))))
        {
            return TextConsentMeaning.OptOut;
        }

        return word.ToUpperInvariant() switch
        {
            "START" or "UNSTOP" => TextConsentMeaning.OptIn,
            "YES" when !isTollFree => TextConsentMeaning.OptInIfOptedOut,
            _ => s_help.Contains(word) ? TextConsentMeaning.Help : TextConsentMeaning.None,
        };
    }

    // Some keyboards write full-width letters.
    private static char FoldWidth(char letter) => letter is >= '\uff01' and <= '\uff5e' ? (char)(letter - 0xfee0) : letter;
}
