namespace JackAutomotive.WebhookApi.Analysis;

/// <summary>The kinds of conversations, as the tables name them.</summary>
internal static class AnalysisKind
{
    /// <summary>A telephone call with a transcript.</summary>
    public const string Call = "call";

    /// <summary>A lead's texts without a long pause between them.</summary>
    public const string Texts = "texts";
}
