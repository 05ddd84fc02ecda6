using Microsoft.ML.Tokenizers;

namespace JackAutomotive.WebhookApi.Briefing;

/// <summary>Counts the tokens of a text as current language models do (encoding <c>o200k_base</c>).</summary>
internal static class TokenCounter
{
    // The vocabulary takes a moment to load, so that a process loads it once.
    private static readonly Lazy<TiktokenTokenizer> s_tokenizer = new(() => TiktokenTokenizer.CreateForEncoding("o200k_base"));

    public static int Count(string text) => s_tokenizer.Value.CountTokens(text);
}
