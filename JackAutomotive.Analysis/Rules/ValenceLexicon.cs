using System.Globalization;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Rules;

/// <summary>
/// The feeling of single words, from -4 to 4: VADER's lexicon (Data/vader.txt, see Data/THIRD-PARTY.md), and before it the trade's own
/// (Data/words.txt). VADER's weak words are left out: in this trade they are noise.
/// </summary>
internal sealed class ValenceLexicon
{
    private const double WeakestOfVader = 1.3;

    private readonly Dictionary<int, double> _valences = [];

    public ValenceLexicon(Vocabulary vocabulary)
    {
        foreach (var line in RuleData.Lines("vader.txt"))
        {
            var tab = line.IndexOf('\t', StringComparison.Ordinal);
            var valence = double.Parse(line.AsSpan(tab + 1), CultureInfo.InvariantCulture);
            if (Math.Abs(valence) >= WeakestOfVader)
            {
                _valences[vocabulary.Intern(line[..tab])] = valence * 0.8;
            }
        }

        foreach (var line in RuleData.Lines("words.txt"))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var valence = double.Parse(words[0], CultureInfo.InvariantCulture);
            foreach (var word in words[1..])
            {
                _valences[vocabulary.Intern(word)] = valence;
            }
        }
    }

    /// <summary>Takes the feeling from a word. "Kia" and "Fury" are cars.</summary>
    public void Silence(int word) => _valences[word] = 0;

    /// <summary>Returns the valence of the word, or zero.</summary>
    public double Of(int word) => _valences.GetValueOrDefault(word);
}
