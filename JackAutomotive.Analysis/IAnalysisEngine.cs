namespace JackAutomotive.Analysis;

/// <summary>Finds out what a conversation means. The rule engine is pure; an optional second engine asks a language model.</summary>
public interface IAnalysisEngine
{
    /// <summary>Analyses <paramref name="transcript"/>. The result has one entry for each turn.</summary>
    Task<ConversationAnalysis> AnalyzeAsync(Transcript transcript, CancellationToken cancellationToken);
}
