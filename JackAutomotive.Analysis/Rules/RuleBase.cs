using JackAutomotive.Analysis.Patterns;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Rules;

/// <summary>All rules and lexicons, read once. Nothing in it changes afterwards, so all threads share it.</summary>
internal sealed class RuleBase
{
    private static readonly Lazy<RuleBase> s_shared = new(() => new RuleBase());

    private RuleBase()
    {
        var forms = Normalizer.ReadForms(RuleData.Lines("forms.txt", "//"));
        var parser = new PatternParser(Vocabulary, forms);
        _ = parser.Parse(RuleData.Lines("sets.txt"));
        var customer = parser.Parse(
            RuleData.Lines("stop.txt")
                .Concat(RuleData.Lines("intents.txt"))
                .Concat(RuleData.Lines("objections.txt"))
                .Concat(RuleData.Lines("sentiment.txt")));
        var agent = parser.Parse(RuleData.Lines("question.txt"));
        Valences = new ValenceLexicon(Vocabulary);
        foreach (var word in RuleData.Words("models.txt").Concat(parser.Set("model")))
        {
            Valences.Silence(Vocabulary.Intern(word));
        }

        var names = new NameList(Vocabulary, RuleData.Words("names.txt"));
        var normalizer = new Normalizer(Vocabulary, forms, RuleData.Words("correctable.txt"), RuleData.Words("real-words.txt"));
        WordClasses = new WordClasses(Vocabulary);
        var common = RuleData.Words("common.txt").Select(Vocabulary.Intern).ToHashSet();
        Vocabulary.Freeze();

        Tokenizer = new Tokenizer(Vocabulary, normalizer, names);
        Customer = new PatternMatcher(customer, Vocabulary, common);
        Agent = new PatternMatcher(agent, Vocabulary, common);
    }

    /// <summary>The rules of this assembly.</summary>
    public static RuleBase Shared => s_shared.Value;

    public Vocabulary Vocabulary { get; } = new();

    public Tokenizer Tokenizer { get; }

    /// <summary>The patterns of what a customer says.</summary>
    public PatternMatcher Customer { get; }

    /// <summary>The patterns of what the dealership asks.</summary>
    public PatternMatcher Agent { get; }

    /// <summary>The feeling of single words.</summary>
    public ValenceLexicon Valences { get; }

    public WordClasses WordClasses { get; }
}
