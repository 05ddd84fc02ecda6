using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Inbox;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;
using OpenTelemetry;

namespace JackAutomotive.WebhookApi.Scoring;

/// <summary>
/// Computes scores again on a timer, only of leads for which the passing of time has changed something. Several instances may do so at once:
/// a lead that another instance has computed is not due any more.
/// </summary>
internal sealed partial class ScoreWorker(
    NpgsqlDataSource database,
    UnitOfWorkFactory unitsOfWork,
    IOptions<ScoringOptions> options,
    IOptions<InboxOptions> inboxOptions,
    TimeProvider time,
    ILogger<ScoreWorker> logger) : BackgroundService
{
    private bool _hasOutdated;

    /// <summary>Computes all due leads. Returns the number of leads.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (!_hasOutdated)
        {
            await ScoreStore.OutdateAsync(database, ScoreFormula.Version, now, cancellationToken);
            _hasOutdated = true;
        }

        var (total, failed) = (0, new HashSet<LeadId>());
        while (true)
        {
            // A lead that fails stays due. It must neither be tried forever nor keep the others from their turn.
            var due = await ScoreStore.ListDueAsync(database, now, options.Value.BatchSize + failed.Count, cancellationToken);
            due.RemoveAll(failed.Contains);
            if (due.Count == 0)
            {
                return total;
            }

            foreach (var lead in due)
            {
                if (!await TryComputeAsync(lead, cancellationToken))
                {
                    failed.Add(lead);
                }
            }

            total += due.Count;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!inboxOptions.Value.ProcessDeliveries)
        {
            return;
        }

        using var timer = new PeriodicTimer(options.Value.Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                using var untraced = SuppressInstrumentationScope.Begin();
                await RunAsync(stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                LogOutage(ExceptionSummary.Of(e));
            }
        }
    }

    // An error of one lead must not stop the scores of all others. An outage concerns all of them.
    private async Task<bool> TryComputeAsync(LeadId lead, CancellationToken cancellationToken)
    {
        try
        {
            await using var work = await unitsOfWork.BeginAsync(null, cancellationToken);
            work.NoteChange(lead, StandingProjection.TimeHasPassed);
            await work.CommitAsync(cancellationToken);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException && !DatabaseErrors.IsOutage(e))
        {
            LogFailed(lead, ExceptionSummary.Of(e));
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The scores of leads cannot be computed: {Reason}")]
    private partial void LogOutage(string reason);

    [LoggerMessage(LogLevel.Error, "The score of lead {Lead} cannot be computed: {Reason}")]
    private partial void LogFailed(LeadId lead, string reason);
}
