using JackAutomotive.Analysis.Patterns;

namespace JackAutomotive.Analysis.Text;

/// <summary>A text with its tokens and the patterns that match it. The lists are used again for the next text.</summary>
internal sealed class ReadText
{
    public string Text { get; private set; } = "";

    public List<Token> Tokens { get; } = [];

    public List<PatternMatch> Matches { get; } = [];

    /// <summary>Reads <paramref name="text"/>.</summary>
    public void Read(string text, Tokenizer tokenizer, PatternMatcher matcher)
    {
        Text = text;
        Tokens.Clear();
        Matches.Clear();
        tokenizer.Tokenize(text, Tokens);
        matcher.Match(Tokens, Matches);
    }

    /// <summary>Returns the characters of the tokens from <paramref name="start"/> up to <paramref name="end"/>.</summary>
    public Evidence EvidenceOf(int start, int end)
    {
        var from = Tokens[start].Start;
        return Evidence.From(Text, from, Tokens[end - 1].End - from);
    }
}
