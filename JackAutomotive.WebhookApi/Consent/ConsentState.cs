namespace JackAutomotive.WebhookApi.Consent;

/// <summary>What follows from an entry of the ledger, as far as it matters for the state.</summary>
internal sealed record ConsentFact(bool IsOptOut, string Scope, string SaidBy, string Source, DateTimeOffset SaidAt);

/// <summary>
/// How a person may be contacted. The state follows from the entries alone: for texts and for calls, the newest entry that covers them decides.
/// What our own staff decided is kept apart, so that a customer's START does not undo it.
/// </summary>
/// <param name="TextOptOut">The entry with which the customer ended texts; null if texts are not ended.</param>
/// <param name="CallOptOut">The entry with which the customer ended calls; null if calls are not ended.</param>
/// <param name="TextBlock">The entry with which staff ended texts.</param>
/// <param name="CallBlock">The entry with which staff ended calls.</param>
internal sealed record ConsentState(ConsentFact? TextOptOut, ConsentFact? CallOptOut, ConsentFact? TextBlock, ConsentFact? CallBlock)
{
    public bool MayText => TextOptOut is null && TextBlock is null;

    public bool MayCall => CallOptOut is null && CallBlock is null;

    /// <summary>Whether the last word about texts is an opt-out that Twilio knows too. Only then does YES end it, as at Twilio.</summary>
    public bool IsOptedOutAtTwilio =>
        TextOptOut?.Source is ConsentSources.Keyword or ConsentSources.OptOutType or ConsentSources.Error21610;

    /// <summary>Computes the state from all entries of a person, in any order.</summary>
    public static ConsentState FromEntries(IReadOnlyCollection<ConsentFact> entries)
    {
        var staff = entries.Where(entry => entry.SaidBy == ConsentSpeakers.Staff).ToList();
        var others = entries.Where(entry => entry.SaidBy != ConsentSpeakers.Staff).ToList();
        return new ConsentState(
            FindOptOut(others, ConsentScopes.Text),
            FindOptOut(others, ConsentScopes.Call),
            FindOptOut(staff, ConsentScopes.Text),
            FindOptOut(staff, ConsentScopes.Call));
    }

    /// <summary>Whether both states allow the same.</summary>
    public bool AllowsSameAs(ConsentState other) =>
        (TextOptOut is null) == (other.TextOptOut is null) && (CallOptOut is null) == (other.CallOptOut is null)
        && (TextBlock is null) == (other.TextBlock is null) && (CallBlock is null) == (other.CallBlock is null);

    // Of two entries of the same moment the opt-out counts.
    private static ConsentFact? FindOptOut(List<ConsentFact> entries, string scope)
    {
        var newest = entries.Where(entry => entry.Scope == scope || entry.Scope == ConsentScopes.All)
            .OrderBy(entry => entry.SaidAt)
            .ThenBy(entry => entry.IsOptOut)
            .ThenBy(entry => entry.Source, StringComparer.Ordinal)
            .LastOrDefault();
        return newest is { IsOptOut: true } ? newest : null;
    }
}
