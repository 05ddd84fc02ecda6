using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Scoring.Facts;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;
using OpenTelemetry;

namespace JackAutomotive.WebhookApi.Scoring;

/// <summary>
/// Computes scores in the background: of leads with new events, and of leads for which the passing of time has changed something. Several
/// instances may do so at once. Each computes under the lead's lock and only what is still due, so each change is computed once.
/// </summary>
internal sealed partial class ScoreWorker(
    NpgsqlDataSource database,
    UnitOfWorkFactory unitsOfWork,
    ScoringProgress progress,
    StandingUpdater standings,
    BackgroundLoops loops,
    IOptions<ScoringOptions> options,
    IOptions<InboxOptions> inboxOptions,
    TimeProvider time,
    ILogger<ScoreWorker> logger) : BackgroundService
{
    private static readonly TimeSpan s_retryDelay = TimeSpan.FromMinutes(10);

    private readonly BackgroundLoop _loop = loops.Create("scoring", new BackgroundLoopLimits
    {
        Interval = options.Value.Interval,
        IsEssential = false,
    });

    private bool _hasOutdated;

    /// <summary>Computes all leads that are due. Returns the number of leads.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        // A round each second would be a line on the dashboard each second.
        using var untraced = SuppressInstrumentationScope.Begin();
        if (!_hasOutdated)
        {
            await ScoreStore.OutdateAsync(database, ScoreFormula.Version, time.GetUtcNow(), cancellationToken);
            _hasOutdated = true;
        }

        await progress.AdvanceAsync(cancellationToken);
        var total = 0;
        while (true)
        {
            var due = await ScoreStore.ListDueAsync(database, time.GetUtcNow(), options.Value.BatchSize, cancellationToken);
            var computed = due.Count == 0 ? 0 : await ComputeAsync(due, cancellationToken);
            total += computed;
            _loop.Beat();

            // Leads that another transaction has locked stay due for the next round.
            if (due.Count < options.Value.BatchSize || computed == 0)
            {
                return total;
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!inboxOptions.Value.ProcessDeliveries || !options.Value.Enabled)
        {
            return;
        }

        using var timer = new PeriodicTimer(options.Value.Interval, time);
        await _loop.RunAsync(timer.WaitForNextTickAsync, RunAsync, stoppingToken);
    }

    // An error of one lead must not stop the scores of all others. An outage concerns all of them.
    private async Task<int> ComputeAsync(IReadOnlyList<LeadId> due, CancellationToken cancellationToken)
    {
        try
        {
            return await ComputeTogetherAsync(due, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException && !DatabaseErrors.IsOutage(e))
        {
            if (due is [var lead])
            {
                LogFailed(lead, ExceptionSummary.Of(e));
                await ScoreStore.PostponeAsync(database, due, time.GetUtcNow() + s_retryDelay, cancellationToken);
                return 1;
            }
        }

        var computed = 0;
        foreach (var one in due)
        {
            computed += await ComputeAsync([one], cancellationToken);
        }

        return computed;
    }

    private async Task<int> ComputeTogetherAsync(IReadOnlyList<LeadId> due, CancellationToken cancellationToken)
    {
        await using var work = await unitsOfWork.BeginAsync(null, cancellationToken);
        var now = time.GetUtcNow();
        var locked = await LeadFactsReader.ReadUnlockedForUpdateAsync(work, due, cancellationToken);

        // Another instance may have computed a lead since the list was read.
        var leads = locked.Where(lead => lead.Score?.DueAt <= now).ToList();
        await standings.UpdateAsync(work, leads, cancellationToken);
        await work.CommitAsync(cancellationToken);
        return leads.Count;
    }

    [LoggerMessage(LogLevel.Error, "The score of lead {Lead} cannot be computed and is tried again later: {Reason}")]
    private partial void LogFailed(LeadId lead, string reason);
}
