using System.Globalization;

namespace JackAutomotive.WebhookApi.Timeline.List;

/// <summary>
/// An order of the list of leads. Leads with the same value are ordered by their id. A new order is one line in <see cref="All"/>.
/// </summary>
/// <param name="Name">The value of the query parameter <c>sort</c>.</param>
/// <param name="Column">SQL: the value that decides; null if the id alone decides.</param>
/// <param name="Type">The Postgres type of the value.</param>
/// <param name="Id">SQL: the lead's id, from the table with the index of this order.</param>
/// <param name="IsValue">Whether a text from a cursor is a value, as Postgres writes it.</param>
internal sealed record LeadSort(string Name, string? Column, string Type, string Id, Func<string, bool> IsValue)
{
    /// <summary>By creation. The ids of leads sort by their creation.</summary>
    public static readonly LeadSort Created = new("created", null, "", "leads.id", _ => false);

    public static readonly LeadSort LastContact = new(
        "lastContact", "contact.last_contact_at", "timestamptz", "contact.lead_id",
        value => DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, out _));

    /// <summary>By score. A lead appears when its score has been computed, a moment after its creation.</summary>
    public static readonly LeadSort Score = new(
        "score", "score.score", "integer", "score.lead_id", value => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _));

    public static readonly IReadOnlyList<LeadSort> All = [Created, LastContact, Score];
}
