namespace JackAutomotive.WebhookApi.Briefing;

/// <summary>A section of a briefing.</summary>
/// <param name="Name">The variable that contains the section's lines.</param>
/// <param name="Title">The heading in the text.</param>
/// <param name="Share">The part of the budget that the section takes before less important sections have had their share.</param>
/// <param name="Lines">The lines, the most important first.</param>
internal sealed record BriefingSection(string Name, string Title, double Share, IReadOnlyList<string> Lines)
{
    /// <summary>Whether the text shows the least important line first: what was said last stands last.</summary>
    public bool IsReversed { get; init; }

    /// <summary>The heading as the text shows it.</summary>
    public string Heading => $"## {Title}\n";

    /// <summary>Returns the most important lines in the order in which the text shows them.</summary>
    public IEnumerable<string> Show(int count) => IsReversed ? Lines.Take(count).Reverse() : Lines.Take(count);
}

/// <summary>The lines of a section that did not fit into the budget.</summary>
/// <param name="Section">The variable that contains the section's lines.</param>
/// <param name="Shown">The number of lines that the briefing contains.</param>
/// <param name="LeftOut">The number of lines that were left out.</param>
internal sealed record BriefingCut(string Section, int Shown, int LeftOut);

/// <summary>Divides a budget of tokens among sections. A line is shown whole or not at all.</summary>
internal static class TokenBudget
{
    /// <summary>
    /// Returns the number of lines of each section that fit. First each section takes lines up to its share, the most important section first;
    /// then the sections take what is left, in the same order. A line that does not fit ends its section, so that no section has a gap.
    /// </summary>
    /// <param name="sections">The sections, the most important first.</param>
    /// <param name="budget">The number of tokens for all sections together.</param>
    public static (IReadOnlyList<int> Shown, int Tokens) Divide(IReadOnlyList<BriefingSection> sections, int budget)
    {
        var shown = new int[sections.Count];
        var used = 0;
        foreach (var takesRest in (ReadOnlySpan<bool>)[false, true])
        {
            for (var i = 0; i < sections.Count; i++)
            {
                var limit = takesRest ? budget : Math.Min(budget, used + (int)(sections[i].Share * budget));
                while (shown[i] < sections[i].Lines.Count && CostOf(sections[i], shown[i]) is var cost && used + cost <= limit)
                {
                    used += cost;
                    shown[i]++;
                }
            }
        }

        return (shown, used);
    }

    // The first line also pays for the heading. Headings and lines begin with a letter or a sign and end with a line break, which no token
    // crosses, so the tokens of the parts add up to those of the text.
    private static int CostOf(BriefingSection section, int line) =>
        TokenCounter.Count($"{section.Lines[line]}\n") + (line == 0 ? TokenCounter.Count(section.Heading) : 0);
}
