using JackAutomotive.Analysis;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Analysis.ActionItems;
using JackAutomotive.WebhookApi.Analysis.Queue;
using JackAutomotive.WebhookApi.Analysis.Sources;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.WebhookApi.Analysis.Results;

/// <summary>
/// Analyses the conversation of a job, and stores the result with its events. The analysis itself runs outside a transaction, because a model
/// may take seconds; the transaction that stores the result checks that the conversation has not changed meanwhile.
/// </summary>
internal sealed class StoreAnalysis(
    NpgsqlDataSource database,
    UnitOfWorkFactory works,
    AnalysisSources sources,
    AnalysisQueue queue,
    AnalysisStore analyses,
    ActionItemStore actionItems,
    OptOutStore optOuts,
    LeadSentimentStore sentiments,
    Analyzer analyzer,
    RuleEngine rules,
    WebhookApiMetrics metrics,
    IOptions<AnalysisOptions> options,
    TimeProvider time)
{
    private const int TextsBefore = 9;

    /// <summary>Handles a job: analyses, postpones, or finds that nothing is to be done.</summary>
    public async Task HandleAsync(AnalysisJob job, CancellationToken cancellationToken)
    {
        var source = await sources.FindAsync(database.CreateCommand, job.Kind, job.Subject, cancellationToken);
        if (source is null)
        {
            await queue.CompleteAsync(job, cancellationToken);
            return;
        }

        var hash = source.ComputeHash();
        var stored = await AnalysisStore.FindAsync(database.CreateCommand, source, cancellationToken);
        if (!job.IsForced && stored.Exists(analysis => analysis.IsOf(hash, analyzer.Requested)))
        {
            await queue.CompleteAsync(job, cancellationToken);
            return;
        }

        if (FindQuietTime(job, source, stored) is { } quietAt)
        {
            await queue.ReleaseAsync(job, quietAt, isAttempt: false, reason: null, cancellationToken);
            return;
        }

        var report = await analyzer.AnalyzeAsync(source.Transcript, cancellationToken);
        if (!await TryStoreAsync(job, source.Lead, report, hash, cancellationToken))
        {
            await queue.ReleaseAsync(job, time.GetUtcNow(), isAttempt: false, reason: null, cancellationToken);
        }
    }

    /// <summary>
    /// Returns the time at which the lead will have been quiet for long enough, or null if the analysis cannot wait: the lead is quiet
    /// already, or a new text asks for a person or for the end of all contact.
    /// </summary>
    private DateTimeOffset? FindQuietTime(AnalysisJob job, AnalysisSource source, List<StoredConversationAnalysis> stored)
    {
        var quietAt = source.EndedAt + options.Value.TextPause;
        if (job.IsForced || source.Kind != AnalysisKind.Texts || quietAt <= time.GetUtcNow())
        {
            return null;
        }

        var isKnown = stored.Exists(analysis => analysis.MessageSids.Contains(job.Subject));
        return !isKnown && IsUrgent(source, job.Subject) ? null : quietAt;
    }

    // Every text has a job of its own, so each text is looked at once, with the few texts before it that give it its meaning.
    private bool IsUrgent(AnalysisSource source, string messageSid)
    {
        var last = source.MessageSids.ToList().IndexOf(messageSid);
        if (last < 0)
        {
            return false;
        }

        var first = Math.Max(0, last - TextsBefore);
        var turns = source.Transcript.Turns.Skip(first).Take(last - first + 1).ToList();
        var analysis = rules.Analyze(source.Transcript with { Turns = turns });
        return analysis.Turns[^1].Intents.Any(intent => intent.Name is Intent.StopRequest or Intent.WantsPerson);
    }

    /// <summary>Stores the analysis, unless the conversation has changed or another worker has the job. Returns false if it has changed.</summary>
    private async Task<bool> TryStoreAsync(
        AnalysisJob job,
        LeadId lead,
        AnalysisReport report,
        byte[] hash,
        CancellationToken cancellationToken)
    {
        await using var work = await works.BeginAsync(job.DeliveryId, cancellationToken);

        // Every transaction that changes a conversation ends with the lock of its lead, so what is read under the lock is final.
        await AnalysisStore.LockLeadAsync(work, lead, cancellationToken);
        var source = await sources.FindAsync(work.CreateCommand, job.Kind, job.Subject, cancellationToken);
        if (source is null || source.Lead != lead || !source.ComputeHash().AsSpan().SequenceEqual(hash))
        {
            return false;
        }

        if (!await AnalysisQueue.TryCompleteAsync(work, job, cancellationToken))
        {
            return true;
        }

        var stored = await AnalysisStore.FindAsync(work.CreateCommand, source, cancellationToken);
        if (job.IsForced || !stored.Exists(analysis => analysis.IsOf(hash, analyzer.Requested)))
        {
            await SaveAsync(work, job, source, stored, report, hash, cancellationToken);
            metrics.CountAnalysis(report.Engine, source.Kind);
        }

        await work.CommitAsync(cancellationToken);
        return true;
    }

    private async Task SaveAsync(
        UnitOfWork work,
        AnalysisJob job,
        AnalysisSource source,
        List<StoredConversationAnalysis> stored,
        AnalysisReport report,
        byte[] hash,
        CancellationToken cancellationToken)
    {
        var saved = await analyses.SaveAsync(work, source, stored, report, hash, analyzer.Requested, cancellationToken);
        await optOuts.SaveAsync(work, source, report, job.DeliveryId, cancellationToken);
        if (saved.InsightsChanged)
        {
            AnalysisEvents.RaiseInsights(work, source, report, saved);
        }

        await sentiments.UpdateAsync(work, source, saved, cancellationToken);
        await actionItems.SaveAsync(work, source, saved.Id, report.Conversation.ActionItems, cancellationToken);
    }
}
