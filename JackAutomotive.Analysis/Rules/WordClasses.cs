using System.Collections.Frozen;
using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Rules;

/// <summary>Small classes of words that change the meaning of others.</summary>
internal sealed class WordClasses(Vocabulary vocabulary)
{
    /// <summary>The word after is the opposite.</summary>
    public FrozenSet<int> Negators { get; } = Set(vocabulary,
        "not never nor without hardly barely scarcely neither nothing nobody noone isnt wasnt nunca jamas sin ni tampoco ningun ninguna");

    /// <summary>The next word is the opposite.</summary>
    public FrozenSet<int> No { get; } = Set(vocabulary, "no zero less");

    /// <summary>The word after is meant more strongly.</summary>
    public FrozenSet<int> Boosters { get; } = Set(vocabulary,
        "very really so super extremely absolutely totally completely incredibly truly too fucking hella freaking damn such beyond seriously "
        + "insanely utterly genuinely literally muy super bien tan demasiado re mega straight pure");

    /// <summary>The word after is meant less strongly.</summary>
    public FrozenSet<int> Dampeners { get; } = Set(vocabulary, "kind sort little bit slightly somewhat almost barely medio poco algo fairly");

    /// <summary>What comes after counts more than what came before.</summary>
    public FrozenSet<int> Contrasts { get; } = Set(vocabulary, "but however pero except unfortunately sino although anyway anyways");

    /// <summary>What was felt then is not felt now.</summary>
    public FrozenSet<int> Firsts { get; } = Set(vocabulary, "first initially");

    public FrozenSet<int> YesAnswers { get; } = Set(vocabulary,
        "yes sure absolutely definitely totally correct si claro simon certainly indeed yessir affirmative ok alright bet please dale andale orale obvio exactly 100% 100 course fine very works perfect");

    public FrozenSet<int> NoAnswers { get; } = Set(vocabulary, "no not none never nunca negative nel hardly");

    /// <summary>The ends of answers such as "I did" and "we are".</summary>
    public FrozenSet<int> Affirmations { get; } = Set(vocabulary, "do did am are was were have is would can will");

    public FrozenSet<int> Lukewarm { get; } = Set(vocabulary, "meh eh");

    public FrozenSet<int> Spanish { get; } = Set(vocabulary,
        "que de la el los las por para con una un es y en me mi se lo le su ya esta estoy muy pero como si te tengo porque ustedes usted gracias quiero cuando del al mas");

    private static FrozenSet<int> Set(Vocabulary vocabulary, string words) =>
        words.Split(' ').Select(vocabulary.Intern).ToFrozenSet();
}
