using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace JackAutomotive.WebhookApi.Scoring.Funding;

/// <summary>A document that a lender asks for: the "stips".</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DocumentKind>))]
internal enum DocumentKind
{
    [JsonStringEnumMemberName("proof_of_income")]
    ProofOfIncome,

    [JsonStringEnumMemberName("proof_of_residence")]
    ProofOfResidence,

    [JsonStringEnumMemberName("identity")]
    Identity,

    [JsonStringEnumMemberName("insurance")]
    Insurance,
}

/// <summary>How far a document has come.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DocumentState>))]
internal enum DocumentState
{
    [JsonStringEnumMemberName("missing")]
    Missing,

    /// <summary>The lead has agreed to bring or send it.</summary>
    [JsonStringEnumMemberName("promised")]
    Promised,

    /// <summary>The dealership has it.</summary>
    [JsonStringEnumMemberName("received")]
    Received,

    /// <summary>Somebody has checked it.</summary>
    [JsonStringEnumMemberName("verified")]
    Verified,
}

/// <summary>A document as staff recorded it.</summary>
internal sealed record StoredDocument(DocumentState State, string? Note, string Person, DateTimeOffset ChangedAt);

/// <summary>The names of document kinds in our tables and our API, and the words for them.</summary>
internal static partial class DocumentKinds
{
    private static readonly Dictionary<string, DocumentKind> s_byName =
        Enum.GetValues<DocumentKind>().ToDictionary(kind => kind.ToName(), StringComparer.Ordinal);

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_byName.Keys];

    public static string ToName(this DocumentKind kind) => kind switch
    {
        DocumentKind.ProofOfIncome => "proof_of_income",
        DocumentKind.ProofOfResidence => "proof_of_residence",
        DocumentKind.Identity => "identity",
        _ => "insurance",
    };

    /// <summary>Returns the kind with this name; null if there is none.</summary>
    public static DocumentKind? Find(string name) => s_byName.TryGetValue(name, out var kind) ? kind : null;

    /// <summary>Returns the documents that an action item names, such as "bring two pay stubs and the insurance card".</summary>
    public static IEnumerable<DocumentKind> FindInWords(string actionItem)
    {
        if (IncomeWords().IsMatch(actionItem))
        {
            yield return DocumentKind.ProofOfIncome;
        }

        if (ResidenceWords().IsMatch(actionItem))
        {
            yield return DocumentKind.ProofOfResidence;
        }

        if (IdentityWords().IsMatch(actionItem))
        {
            yield return DocumentKind.Identity;
        }

        if (InsuranceWords().IsMatch(actionItem))
        {
            yield return DocumentKind.Insurance;
        }
    }

    [GeneratedRegex(
        @"\b(pay ?-?(stubs?|slips?|checks? stubs?)|check stubs?|proof of income|w-?2s?|1099s?|tax returns?|bank statements?"
        + @"|award letter|offer letter)\b", RegexOptions.IgnoreCase)]
    private static partial Regex IncomeWords();

    [GeneratedRegex(
        @"\b(proof of (residen(ce|cy)|address)|(utility|electric(ity)?|light|gas|water|power|phone|cable) bill"
        + @"|lease( agreement)?|mortgage statement)\b", RegexOptions.IgnoreCase)]
    private static partial Regex ResidenceWords();

    [GeneratedRegex(
        @"\b((driver'?s? )?licen[sc]e|\bi\.?d\.?( card)?|identification|passport|social security card)\b", RegexOptions.IgnoreCase)]
    private static partial Regex IdentityWords();

    [GeneratedRegex(@"\b(proof of insurance|insurance( card| policy| papers?| info(rmation)?)?)\b", RegexOptions.IgnoreCase)]
    private static partial Regex InsuranceWords();
}

/// <summary>The names of document states in our tables and our API.</summary>
internal static class DocumentStates
{
    private static readonly Dictionary<string, DocumentState> s_byName =
        Enum.GetValues<DocumentState>().ToDictionary(state => state.ToName(), StringComparer.Ordinal);

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_byName.Keys];

    public static string ToName(this DocumentState state) => state switch
    {
        DocumentState.Missing => "missing",
        DocumentState.Promised => "promised",
        DocumentState.Received => "received",
        _ => "verified",
    };

    /// <summary>Returns the state with this name; null if there is none.</summary>
    public static DocumentState? Find(string name) => s_byName.TryGetValue(name, out var state) ? state : null;

    /// <summary>Returns the state with this name.</summary>
    /// <exception cref="FormatException">There is no such state.</exception>
    public static DocumentState Parse(string name) => Find(name) ?? throw new FormatException($"There is no document state '{name}'.");
}
