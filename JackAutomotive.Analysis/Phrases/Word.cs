namespace JackAutomotive.Analysis.Phrases;

/// <summary>A word, a number or a punctuation mark of a turn.</summary>
/// <param name="Text">The word in lower case, without accents, with the usual spelling of contractions ("dont" is "don't").</param>
/// <param name="Start">The index of the word's first character in the turn's text.</param>
/// <param name="End">The index behind the word's last character.</param>
internal readonly record struct Word(string Text, int Start, int End)
{
    /// <summary>Whether the word ends a clause: a full stop, a question mark or another mark of that kind.</summary>
    public bool IsBoundary => Text is "." or "?" or "!" or ";" or "\n" or "…";

    /// <summary>Whether the word is a punctuation mark.</summary>
    public bool IsMark => IsBoundary || Text is "," or ":" or "-" or "(" or ")" or "\"";
}
