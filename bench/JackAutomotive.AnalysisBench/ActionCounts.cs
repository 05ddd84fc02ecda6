namespace JackAutomotive.AnalysisBench;

/// <summary>
/// Compares action items with the labels. A found item matches a labelled one of the same owner in the same turn or the next to it. The due time is
/// right within a minute, or when neither has one.
/// </summary>
internal sealed class ActionCounts
{
    private int _matched;
    private int _found;
    private int _due;

    public int Labelled { get; private set; }

    public double Precision => _found == 0 ? 0 : (double)_matched / _found;

    public double Recall => Labelled == 0 ? 0 : (double)_matched / Labelled;

    public double F1 => Precision + Recall == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);

    public double DueRight => _matched == 0 ? 0 : (double)_due / _matched;

    public void Add(LabelledConversation conversation, IReadOnlyList<ActionItem> found, TextWriter? mistakes)
    {
        var left = found.ToList();
        Labelled += conversation.Labels.ActionItems.Length;
        _found += found.Count;
        foreach (var labelled in conversation.Labels.ActionItems)
        {
            var match = left
                .Where(f => f.Owner == labelled.Owner && Math.Abs(f.Turn - labelled.Turn) <= 1)
                .OrderBy(f => IsDueRight(labelled.DueAt, f.DueAt) ? 0 : 1)
                .ThenBy(f => Math.Abs(f.Turn - labelled.Turn))
                .FirstOrDefault();
            if (match is null)
            {
                mistakes?.WriteLine($"  A {conversation.Id} missed turn {labelled.Turn} {labelled.Owner} {labelled.What}");
                continue;
            }

            left.Remove(match);
            _matched++;
            if (IsDueRight(labelled.DueAt, match.DueAt))
            {
                _due++;
            }
            else
            {
                mistakes?.WriteLine($"  A {conversation.Id} due {labelled.DueAt:O} found {match.DueAt:O}: {conversation.Turns[match.Turn].Text}");
            }
        }

        foreach (var extra in left)
        {
            mistakes?.WriteLine($"  A {conversation.Id} extra turn {extra.Turn} {extra.Owner} {extra.Text}");
        }
    }

    private static bool IsDueRight(DateTimeOffset? labelled, DateTimeOffset? found) =>
        labelled is { } a && found is { } b ? (a - b).Duration() <= TimeSpan.FromMinutes(1) : labelled is null && found is null;
}
