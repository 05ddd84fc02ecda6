namespace JackAutomotive.Analysis.Text;

/// <summary>One normalised word of a text. A contraction such as "don't" becomes two tokens with the same characters.</summary>
/// <param name="Word">The id of the normalised word in the <see cref="Vocabulary"/>. Zero for an unknown word.</param>
/// <param name="Start">The index of the first character in the text.</param>
/// <param name="Length">The number of characters.</param>
/// <param name="Flags">What is known of the token beside its word.</param>
internal readonly record struct Token(int Word, int Start, int Length, TokenFlags Flags)
{
    public int End => Start + Length;

    public bool Is(TokenFlags flag) => (Flags & flag) != 0;
}

/// <summary>What is known of a token beside its word.</summary>
[Flags]
internal enum TokenFlags
{
    None = 0,

    /// <summary>The token begins a sentence.</summary>
    SentenceStart = 1,

    /// <summary>The token follows a comma, a dash or another small break.</summary>
    ClauseStart = 2,

    /// <summary>The first letter is a capital, and the rest is not.</summary>
    Capitalized = 4,

    /// <summary>All letters, two at least, are capitals.</summary>
    Shouted = 8,

    /// <summary>The token contains a digit.</summary>
    Number = 16,

    /// <summary>The token can be the name of a person.</summary>
    Name = 32,

    /// <summary>The sentence of the token ends with a question mark.</summary>
    Question = 64,

    /// <summary>The sentence of the token ends with an exclamation mark.</summary>
    Exclamation = 128,

    /// <summary>The token stands in quotation marks.</summary>
    Quoted = 256,
}
