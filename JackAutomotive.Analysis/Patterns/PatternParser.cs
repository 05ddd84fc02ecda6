using System.Globalization;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Patterns;

/// <summary>
/// Reads rule files. A line is a pattern, a section "[name]" or a set "@name = words". "#" begins a comment. The elements of a pattern:
/// <code>
/// word            the normalised word (docs/analysis.md: "do not" stands for "don't", "dont" and "do not")
/// a|b|c_d         one of the words, or the words c and d in this order
/// stop+           stop, stops, stopped, stopping
/// @you            a word of the set
/// word?           the element may be absent
/// ~3              up to three words
/// NAME NUM        the name of a person, a number
/// !a|b  &lt;!a|b     the next word is none of these; the word before the match is none of these
/// ^ $             the text begins or ends here
/// &lt; &gt;             a clause begins or ends here
/// /               a sentence may end here
/// ??              the sentence is a question
/// </code>
/// A number at the beginning of the line is the pattern's weight.
/// </summary>
internal sealed class PatternParser(Vocabulary vocabulary, IReadOnlyDictionary<string, string[]> forms)
{
    private readonly Dictionary<string, string[]> _sets = new(StringComparer.Ordinal);

    /// <summary>Returns the patterns of <paramref name="lines"/>. Sets of earlier calls are known.</summary>
    /// <exception cref="FormatException">A line cannot be read. The message names the line.</exception>
    public List<Pattern> Parse(IEnumerable<string> lines)
    {
        var patterns = new List<Pattern>();
        var section = Sections.Of("");
        foreach (var raw in lines)
        {
            var comment = raw.IndexOf('#', StringComparison.Ordinal);
            var line = (comment < 0 ? raw : raw[..comment]).Trim();
            if (line.Length == 0)
            {
                continue;
            }

            if (line[0] == '[')
            {
                section = Sections.Of(line.Trim('[', ']'));
            }
            else if (line[0] == '@' && line.Contains(" = ", StringComparison.Ordinal))
            {
                var (name, words) = (line[1..line.IndexOf(' ', StringComparison.Ordinal)], line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..]);
                _sets[name] = [.. Split(words, ' ').SelectMany(w => Split(w, '|')).SelectMany(Expand)];
            }
            else
            {
                patterns.Add(ParsePattern(section, line));
            }
        }

        return patterns;
    }

    /// <summary>Returns the words of the set <paramref name="name"/>.</summary>
    public IReadOnlyList<string> Set(string name) => _sets[name];

    private static string[] Split(string text, char separator) => text.Split(separator, StringSplitOptions.RemoveEmptyEntries);

    private Pattern ParsePattern(int section, string line)
    {
        var elements = Split(line, ' ').AsSpan();
        var weight = 1.0;
        if (elements.Length > 1 && double.TryParse(elements[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            weight = number;
            elements = elements[1..];
        }

        var steps = new List<Step>();
        foreach (var element in elements)
        {
            steps.Add(ParseStep(element, line));
        }

        if (!steps.Exists(s => s is { Kind: StepKind.Words, Optional: false }))
        {
            throw new FormatException($"The pattern \"{line}\" has no word that must be there.");
        }

        return new Pattern(section, weight, [.. steps], line);
    }

    private Step ParseStep(string element, string line)
    {
        switch (element)
        {
            case "^": return Mark(StepKind.TextStart);
            case "$": return Mark(StepKind.TextEnd);
            case "<": return Mark(StepKind.ClauseStart);
            case ">": return Mark(StepKind.ClauseEnd);
            case "/": return Mark(StepKind.MayBreak);
            case "??": return Mark(StepKind.InQuestion);
        }

        if (element[0] == '~')
        {
            return new Step(StepKind.Gap, false, [], [], int.Parse(element.AsSpan(1), CultureInfo.InvariantCulture));
        }

        if (element[0] == '!')
        {
            return Words(StepKind.NotNext, element[1..], false, line);
        }

        if (element.StartsWith("<!", StringComparison.Ordinal))
        {
            return Words(StepKind.NotBefore, element[2..], false, line);
        }

        var optional = element.EndsWith('?') && element.Length > 1;
        element = optional ? element[..^1] : element;
        return Words(StepKind.Words, element, optional, line);
    }

    private static Step Mark(StepKind kind) => new(kind, false, [], [], 0);

    private Step Words(StepKind kind, string alternatives, bool optional, string line)
    {
        var words = Split(alternatives, '|').SelectMany(Expand).Distinct().ToList();
        if (words.Count == 0)
        {
            throw new FormatException($"The pattern \"{line}\" has an empty element.");
        }

        var singles = words.Where(w => !w.Contains('_', StringComparison.Ordinal)).Select(Intern).Order().ToArray();
        var sequences = words
            .Where(w => w.Contains('_', StringComparison.Ordinal))
            .Select(w => Split(w, '_').Select(Intern).ToArray())
            .ToArray();
        return new Step(kind, optional, singles, sequences, 0);
    }

    private int Intern(string word) => word switch
    {
        "NAME" => Step.AnyName,
        "NUM" => Step.AnyNumber,
        _ => vocabulary.Intern(word),
    };

    /// <summary>Returns all alternatives that <paramref name="alternative"/> stands for: sets and inflections are written out, forms are normalised.</summary>
    private IEnumerable<string> Expand(string alternative)
    {
        IEnumerable<string> results = [""];
        foreach (var part in Split(alternative, '_'))
        {
            var words = ExpandPart(part).ToArray();
            results = results.SelectMany(r => words.Select(w => r.Length == 0 ? w : r + "_" + w)).ToArray();
        }

        return results;
    }

    private IEnumerable<string> ExpandPart(string part)
    {
        if (part[0] == '@' && part.Length > 1)
        {
            return _sets.TryGetValue(part[1..], out var set) ? set : throw new FormatException($"The set {part} is not defined.");
        }

        if (part.EndsWith('+') && part.Length > 1)
        {
            return Inflections.Of(part[..^1]);
        }

        return [forms.TryGetValue(part, out var form) ? string.Join('_', form) : part];
    }
}
