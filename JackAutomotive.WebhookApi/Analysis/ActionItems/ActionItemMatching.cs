using JackAutomotive.Analysis;

namespace JackAutomotive.WebhookApi.Analysis.ActionItems;

/// <summary>The parts of a stored action item that decide which item of a repeated analysis it is.</summary>
/// <param name="Id">The id.</param>
/// <param name="Turn">The turn that states the item, as an index into the present transcript; −1 if the turn no longer exists.</param>
/// <param name="Owner">The owner that the analysis found.</param>
/// <param name="Text">What is to be done.</param>
internal sealed record KnownActionItem(Guid Id, int Turn, string Owner, string Text);

/// <summary>
/// Finds the stored item for each item of a repeated analysis, so that no item doubles when the words or the engine change a little. An item
/// is the same if its kind and its owner are the same, first in the same turn, then in a neighbouring one.
/// </summary>
internal static class ActionItemMatching
{
    private const int Neighbourhood = 2;

    /// <summary>Returns the id of the stored item for each found item, or null for a new item. No stored item is returned twice.</summary>
    public static IReadOnlyList<Guid?> Match(IReadOnlyList<KnownActionItem> known, IReadOnlyList<ActionItem> found)
    {
        var matches = new Guid?[found.Count];
        var free = known.ToList();
        Func<KnownActionItem, ActionItem, bool>[] rules =
        [
            (stored, item) => stored.Turn == item.Turn && stored.Text == item.Text,
            (stored, item) => stored.Turn == item.Turn && KindOf(stored.Text) == KindOf(item.Text),
            (stored, item) => stored.Turn == item.Turn,
            (stored, item) => stored.Turn >= 0 && Math.Abs(stored.Turn - item.Turn) <= Neighbourhood && KindOf(stored.Text) == KindOf(item.Text),
        ];
        foreach (var isSame in rules)
        {
            for (var i = 0; i < found.Count; i++)
            {
                var item = found[i];
                if (matches[i] is null && free.Find(stored => stored.Owner == NameOf(item.Owner) && isSame(stored, item)) is { } stored)
                {
                    matches[i] = stored.Id;
                    free.Remove(stored);
                }
            }
        }

        return matches;
    }

    /// <summary>Returns the name of an owner, as the table and events write it.</summary>
    public static string NameOf(ActionOwner owner) => owner == ActionOwner.Staff ? "staff" : "customer";

    // The rules begin a text with what is to be done: "Call the customer: …".
    private static string KindOf(string text) => text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? text[..colon] : text;
}
