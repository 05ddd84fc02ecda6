using JackAutomotive.Analysis;
using JackAutomotive.WebhookApi.Analysis.Model;
using JackAutomotive.WebhookApi.Telemetry;

namespace JackAutomotive.WebhookApi.Analysis;

/// <summary>
/// Analyses conversations with the configured engine. The rules stand in for a model that fails, is too slow or gives an invalid answer. The
/// preview and the pipeline share this one way.
/// </summary>
internal sealed partial class Analyzer(RuleEngine rules, ModelEngine model, WebhookApiMetrics metrics, ILogger<Analyzer> logger)
{
    /// <summary>The configured engine and its version. It changes when a repeated analysis may find something else.</summary>
    public string Requested => model.IsConfigured ? $"{ModelEngine.Name}/{model.Version}" : $"{RuleEngine.Name}/{RuleEngine.Version}";

    /// <summary>Analyses a conversation. Fails only if <paramref name="cancellationToken"/> is cancelled.</summary>
    public async Task<AnalysisReport> AnalyzeAsync(Transcript transcript, CancellationToken cancellationToken)
    {
        string? fallbackReason = null;
        if (model.IsConfigured)
        {
            try
            {
                return AnalysisReport.From(await model.AnalyzeAsync(transcript, cancellationToken), fallbackReason: null);
            }
            catch (ModelException e)
            {
                metrics.CountAnalysisFallback(e.Cause);
                LogFallback(e.Message);
                fallbackReason = e.Message;
            }
        }

        return AnalysisReport.From(rules.Analyze(transcript), fallbackReason);
    }

    [LoggerMessage(LogLevel.Warning, "The rules analyse a conversation in place of the model: {Reason}")]
    private partial void LogFallback(string reason);
}
