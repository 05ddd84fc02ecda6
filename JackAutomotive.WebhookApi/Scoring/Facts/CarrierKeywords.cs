namespace JackAutomotive.WebhookApi.Scoring.Facts;

/// <summary>The words that end or resume all contact if they are a whole text, as the carriers define them.</summary>
internal static class CarrierKeywords
{
    /// <summary>The length of the longest text that can be a keyword, with some white space and signs.</summary>
    public const int MaxLength = 30;

    private static readonly HashSet<string> s_stop = new(StringComparer.OrdinalIgnoreCase)
    {
        "STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "OPT OUT", "OPT-OUT", "ALTO", "PARE",
    };

    private static readonly HashSet<string> s_resume = new(StringComparer.OrdinalIgnoreCase) { "START", "UNSTOP" };

    /// <summary>Returns the signal that the carrier understood, by its own word; null if there is none.</summary>
    public static SignalKind? FindOptOutType(string? optOutType) => optOutType?.ToUpperInvariant() switch
    {
        "STOP" => SignalKind.StopRequest,
        "START" => SignalKind.ResumeRequest,
        _ => null,
    };

    /// <summary>Returns the signal of a text; null if the text is no keyword.</summary>
    public static SignalKind? Find(string? text)
    {
        if (text is null || text.Length > MaxLength)
        {
            return null;
        }

        var word = text.Trim().Trim('.', '!', '"', '\'', '*', ',', '?', '“', '”', '’').Trim();
        return s_stop.Contains(word) ? SignalKind.StopRequest : s_resume.Contains(word) ? SignalKind.ResumeRequest : null;
    }
}
