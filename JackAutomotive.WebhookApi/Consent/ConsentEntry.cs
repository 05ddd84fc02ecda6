using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Consent;

/// <summary>One entry of the ledger: somebody said that a person may or may not be contacted.</summary>
/// <param name="Lead">The lead; null if the address belongs to no lead.</param>
/// <param name="Address">The address through which it was said; null if it is not known.</param>
/// <param name="IsOptOut">True for an opt-out, false for an opt-in.</param>
/// <param name="Scope">What the entry covers, one of <see cref="ConsentScopes"/>.</param>
/// <param name="SaidBy">Who said it, one of <see cref="ConsentSpeakers"/>.</param>
/// <param name="Source">How we know it, one of <see cref="ConsentSources"/>.</param>
/// <param name="SourceKey">Identifies what was said, such as one text. A second entry with the same key changes nothing.</param>
/// <param name="SaidAt">When it was said. The newest entry decides, in whatever order the entries are stored.</param>
internal sealed record ConsentEntry(
    LeadId? Lead,
    ChannelAddress? Address,
    bool IsOptOut,
    string Scope,
    string SaidBy,
    string Source,
    string SourceKey,
    DateTimeOffset SaidAt)
{
    /// <summary>The channel on which it was said: sms, voice, whatsapp and others; null if a member of staff recorded it.</summary>
    public string? Channel { get; init; }

    /// <summary>The words, if they are known.</summary>
    public string? Words { get; init; }

    /// <summary>The delivery that brought the words.</summary>
    public long? DeliveryId { get; init; }

    /// <summary>The name of the API key, if a member of staff recorded it.</summary>
    public string? RecordedBy { get; init; }
}

/// <summary>What an entry covers.</summary>
internal static class ConsentScopes
{
    /// <summary>All automated contact.</summary>
    public const string All = "all";

    public const string Text = "text";

    public const string Call = "call";
}

/// <summary>Who said what an entry records.</summary>
internal static class ConsentSpeakers
{
    public const string Customer = "customer";

    public const string Relative = "relative";

    /// <summary>Twilio or a carrier, which know that the person has opted out there.</summary>
    public const string Carrier = "carrier";

    /// <summary>Our own staff, who do not want the person to be contacted. Only staff can take that back.</summary>
    public const string Staff = "staff";
}

/// <summary>How we know what a person allows.</summary>
internal static class ConsentSources
{
    /// <summary>A word such as STOP or START that is a whole text.</summary>
    public const string Keyword = "keyword";

    /// <summary>Twilio's reading of a text, the field OptOutType.</summary>
    public const string OptOutType = "opt_out_type";

    /// <summary>Any other words of a text.</summary>
    public const string FreeWording = "free_wording";

    /// <summary>Words of a call.</summary>
    public const string Voice = "voice";

    /// <summary>Twilio refused a text with error 21610, because the person has opted out there.</summary>
    public const string Error21610 = "error_21610";

    /// <summary>A member of staff recorded it.</summary>
    public const string Staff = "staff";

    /// <summary>An opt-out of a lead that was erased since. Not in the ledger: only a hash of the address remembers it.</summary>
    public const string Erased = "erased";

    /// <summary>A person gave the lead the status do_not_contact. The ledger has no entry for it, because the status is stored with the lead.</summary>
    public const string Status = "status";
}
