using JackAutomotive.WebhookApi.Profiles.Parsing;

namespace JackAutomotive.WebhookApi.Profiles;

/// <summary>Where a value comes from. The names are those of the tables and of our API.</summary>
internal static class ProfileSources
{
    /// <summary>The provider's data collection after a call.</summary>
    public const string Provider = "provider";

    /// <summary>Our own extraction from the words of a transcript.</summary>
    public const string Extraction = "extraction";

    /// <summary>A person's edit. It wins over all other values until the person withdraws it.</summary>
    public const string Person = "person";
}

/// <summary>The words of a transcript on which a value rests.</summary>
/// <param name="Turn">The index of the turn in the transcript.</param>
/// <param name="Start">The index of the first character (UTF-16 code unit) in the turn's text.</param>
/// <param name="Length">The number of characters.</param>
/// <param name="Text">The characters themselves.</param>
internal sealed record ProfileEvidence(int Turn, int Start, int Length, string Text);

/// <summary>One statement of the value of a field.</summary>
/// <param name="Field">The field.</param>
/// <param name="Source">One of <see cref="ProfileSources"/>.</param>
/// <param name="ConversationId">The conversation in which the value was stated; empty for a person's edit.</param>
/// <param name="Raw">The words as they were stated.</param>
/// <param name="Parsed">What the field's parser made of the words.</param>
/// <param name="Confidence">How reliable the value is, from 0 to 1.</param>
/// <param name="Evidence">The words of the transcript; null if the source names none.</param>
/// <param name="Person">The name of the API key of the person; null unless the source is a person.</param>
/// <param name="Reason">Why, in the words of the source; null if the source gives no reason.</param>
/// <param name="StatedAt">When the value was stated.</param>
internal sealed record StatedValue(
    ProfileField Field,
    string Source,
    string ConversationId,
    string Raw,
    Parsed Parsed,
    double Confidence,
    ProfileEvidence? Evidence,
    string? Person,
    string? Reason,
    DateTimeOffset StatedAt);

/// <summary>Decides which of the stated values of a field counts.</summary>
internal static class ValueChoice
{
    /// <summary>
    /// A person's edit counts before all others, then the newest value. Of the values of one moment, the one with the highest confidence
    /// counts. Words that could not be understood never count, so they do not remove an earlier value. Null: no value counts.
    /// </summary>
    public static StatedValue? Choose(IEnumerable<StatedValue> statements) => statements
        .Where(statement => statement.Parsed.Value is not null)
        .OrderByDescending(statement => statement.Source == ProfileSources.Person)
        .ThenByDescending(statement => statement.StatedAt)
        .ThenByDescending(statement => statement.Confidence)
        .ThenBy(statement => statement.Source, StringComparer.Ordinal)
        .ThenBy(statement => statement.ConversationId, StringComparer.Ordinal)
        .FirstOrDefault();
}
