namespace JackAutomotive.Analysis;

/// <summary>The words of a turn that a result rests on.</summary>
/// <param name="Start">The index of the first character (UTF-16 code unit) in the turn's text.</param>
/// <param name="Length">The number of characters. At least one.</param>
/// <param name="Text">The words themselves: the characters from <paramref name="Start"/> on.</param>
public sealed record Evidence(int Start, int Length, string Text)
{
    /// <summary>Returns the evidence that consists of <paramref name="length"/> characters of <paramref name="turn"/>.</summary>
    public static Evidence From(string turn, int start, int length) => new(start, length, turn.Substring(start, length));
}
