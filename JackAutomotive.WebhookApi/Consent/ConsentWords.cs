namespace JackAutomotive.WebhookApi.Consent;

/// <summary>What an entry of the ledger is about.</summary>
internal static class ConsentChannels
{
    /// <summary>All automated contact.</summary>
    public const string All = "all";

    public const string Text = "text";

    public const string Call = "call";
}

/// <summary>From what we know what a person allows.</summary>
internal static class ConsentSources
{
    /// <summary>A word such as STOP or START, alone in a text.</summary>
    public const string Keyword = "keyword";

    /// <summary>Twilio's reading of a text, the field OptOutType.</summary>
    public const string OptOutType = "opt_out_type";

    /// <summary>Any other words in a text.</summary>
    public const string FreeWording = "free_wording";

    /// <summary>Words in a call.</summary>
    public const string Voice = "voice";

    /// <summary>Twilio refused a text with error 21610, because the person has opted out there.</summary>
    public const string Error21610 = "error_21610";

    /// <summary>A member of staff recorded it.</summary>
    public const string Staff = "staff";
}
