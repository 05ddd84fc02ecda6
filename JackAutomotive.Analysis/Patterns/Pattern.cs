using JackAutomotive.Analysis.Text;

namespace JackAutomotive.Analysis.Patterns;

/// <summary>A rule: a sequence of words, with gaps and alternatives, that shows something.</summary>
/// <param name="Section">The number of the section of the rule file, which says what the pattern shows. See <see cref="Sections"/>.</param>
/// <param name="Weight">The number before the pattern. One without a number.</param>
/// <param name="Steps">The words in order.</param>
/// <param name="Source">The line of the rule file.</param>
internal sealed record Pattern(int Section, double Weight, Step[] Steps, string Source);

/// <summary>One element of a pattern.</summary>
/// <param name="Kind">What the step matches.</param>
/// <param name="Optional">Whether the step may match nothing.</param>
/// <param name="Words">The ids of the words that match, sorted. See <see cref="AnyName"/> and <see cref="AnyNumber"/>.</param>
/// <param name="Sequences">Several words that match together.</param>
/// <param name="Gap">With <see cref="StepKind.Gap"/>: the largest number of words.</param>
internal sealed record Step(StepKind Kind, bool Optional, int[] Words, int[][] Sequences, int Gap)
{
    /// <summary>Stands among the words for the name of a person.</summary>
    public const int AnyName = -1;

    /// <summary>Stands among the words for a number in digits.</summary>
    public const int AnyNumber = -2;

    private readonly bool _name = Words.Contains(AnyName);
    private readonly bool _number = Words.Contains(AnyNumber);

    /// <summary>Whether <paramref name="token"/> is one of the words.</summary>
    public bool Contains(Token token) =>
        (token.Word > 0 && Array.BinarySearch(Words, token.Word) >= 0)
        || (_name && token.Is(TokenFlags.Name))
        || (_number && token.Is(TokenFlags.Number));
}

/// <summary>What a step matches.</summary>
internal enum StepKind
{
    /// <summary>One of the words, or one of the sequences.</summary>
    Words,

    /// <summary>Any words, up to a number, within the sentence.</summary>
    Gap,

    /// <summary>The next word is none of the words. Matches no word itself.</summary>
    NotNext,

    /// <summary>The word before the match is none of the words. Matches no word itself.</summary>
    NotBefore,

    /// <summary>The beginning of the text.</summary>
    TextStart,

    /// <summary>The end of the text.</summary>
    TextEnd,

    /// <summary>The beginning of a sentence or clause.</summary>
    ClauseStart,

    /// <summary>The end of a sentence or clause.</summary>
    ClauseEnd,

    /// <summary>The sentence ends with a question mark.</summary>
    InQuestion,

    /// <summary>A sentence may end here.</summary>
    MayBreak,
}

/// <summary>A place where a pattern matches.</summary>
/// <param name="Pattern">The pattern.</param>
/// <param name="Start">The index of the first token.</param>
/// <param name="End">The index after the last token.</param>
internal readonly record struct PatternMatch(Pattern Pattern, int Start, int End)
{
    public bool Overlaps(PatternMatch other) => Start < other.End && other.Start < End;
}
