using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Events;
using JackAutomotive.WebhookApi.Telemetry;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Alerts;

/// <summary>
/// The one place where things that need a person are raised and cleared. An alert is open from its raising to its clearing; kind, subject and
/// instance identify an open alert, so a repetition raises nothing.
/// </summary>
internal sealed partial class AlertStore(NpgsqlDataSource database, WebhookApiMetrics metrics, TimeProvider time, ILogger<AlertStore> logger)
{
    /// <summary>The instance of an alert that concerns all instances.</summary>
    internal const string AllInstances = "";

    private const string RaiseSql = """
        INSERT INTO alerts (id, kind, subject, instance, detail, raised_at, last_seen_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
        ON CONFLICT (kind, subject, instance) WHERE cleared_at IS NULL DO NOTHING
        """;

    // Once a minute is enough, so that a burst of repetitions does not queue for the row.
    private const string SeeAgainSql = """
        UPDATE alerts SET last_seen_at = $4, detail = $5
        WHERE kind = $1 AND subject = $2 AND instance = $3 AND cleared_at IS NULL
            AND (last_seen_at < $4 - interval '1 minute' OR detail <> $5)
        """;

    private const string ClearSql = """
        UPDATE alerts SET cleared_at = $4 WHERE kind = $1 AND subject = $2 AND instance = $3 AND cleared_at IS NULL
        """;

    private const string ClearOthersSql = """
        UPDATE alerts SET cleared_at = $4
        WHERE kind = ANY ($1) AND instance = $2 AND cleared_at IS NULL
            AND (kind, subject) NOT IN (SELECT kind, subject FROM unnest($3, $5) AS present (kind, subject))
        RETURNING kind, subject
        """;

    private const string ClearQuietSql = """
        UPDATE alerts SET cleared_at = $3 WHERE kind = $1 AND last_seen_at < $2 AND cleared_at IS NULL RETURNING kind, subject
        """;

    private const string ClearGoneSql = """
        UPDATE alerts SET cleared_at = $2 WHERE instance <> '' AND last_seen_at < $1 AND cleared_at IS NULL RETURNING kind, subject
        """;

    private const string CountSql = "SELECT kind, count(*) FROM alerts WHERE cleared_at IS NULL GROUP BY kind";

    /// <summary>Raises an alert, unless it is open already.</summary>
    /// <param name="kind">One of <see cref="AlertKinds"/>.</param>
    /// <param name="subject">What the alert is about.</param>
    /// <param name="detail">What is wrong and what to do, in words for a person, without personal data.</param>
    /// <param name="cancellationToken">Cancels the insert.</param>
    /// <returns>True if the alert is new, false if it was open already.</returns>
    public Task<bool> RaiseAsync(string kind, string subject, string detail, CancellationToken cancellationToken) =>
        RaiseAsync(database.CreateCommand, new AlertCondition(kind, subject, detail), AllInstances, cancellationToken);

    /// <summary>Raises an alert in the transaction that stores its cause.</summary>
    public Task<bool> RaiseAsync(UnitOfWork work, string kind, string subject, string detail, CancellationToken cancellationToken) =>
        RaiseAsync(work.CreateCommand, new AlertCondition(kind, subject, detail), AllInstances, cancellationToken);

    /// <summary>Clears an alert. Returns false if it was not open.</summary>
    public async Task<bool> ClearAsync(string kind, string subject, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(ClearSql);
        command.Parameters.AddText(kind);
        command.Parameters.AddText(subject);
        command.Parameters.AddText(AllInstances);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        var isCleared = await command.ExecuteNonQueryAsync(cancellationToken) > 0;
        if (isCleared)
        {
            LogCleared(kind, subject);
        }

        return isCleared;
    }

    /// <summary>Raises an alert for each condition, and clears the open alerts of these kinds without a condition.</summary>
    /// <param name="kinds">The kinds whose conditions are all known.</param>
    /// <param name="instance">The instance that knows them; <see cref="AllInstances"/> if every instance does.</param>
    /// <param name="conditions">What is the case.</param>
    /// <param name="cancellationToken">Cancels the queries.</param>
    public async Task ReconcileAsync(
        IReadOnlyList<string> kinds,
        string instance,
        IReadOnlyList<AlertCondition> conditions,
        CancellationToken cancellationToken)
    {
        foreach (var condition in conditions)
        {
            await RaiseAsync(database.CreateCommand, condition, instance, cancellationToken);
        }

        await using var command = database.CreateCommand(ClearOthersSql);
        command.Parameters.AddArray([.. kinds], NpgsqlDbType.Text);
        command.Parameters.AddText(instance);
        command.Parameters.AddArray(conditions.Select(condition => condition.Kind).ToArray(), NpgsqlDbType.Text);
        command.Parameters.AddTimestamp(time.GetUtcNow());
        command.Parameters.AddArray(conditions.Select(condition => condition.Subject).ToArray(), NpgsqlDbType.Text);
        await LogClearedAsync(command, cancellationToken);
    }

    /// <summary>Clears the alerts of a kind that have not been raised again for a time.</summary>
    public async Task ClearQuietAsync(string kind, TimeSpan quietTime, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var command = database.CreateCommand(ClearQuietSql);
        command.Parameters.AddText(kind);
        command.Parameters.AddTimestamp(now - quietTime);
        command.Parameters.AddTimestamp(now);
        await LogClearedAsync(command, cancellationToken);
    }

    /// <summary>Clears the alerts of instances that no longer exist.</summary>
    public async Task ClearGoneAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var command = database.CreateCommand(ClearGoneSql);
        command.Parameters.AddTimestamp(now - limit);
        command.Parameters.AddTimestamp(now);
        await LogClearedAsync(command, cancellationToken);
    }

    /// <summary>Counts the open alerts of each kind.</summary>
    public async Task<IReadOnlyList<(string Kind, long Count)>> CountOpenAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(CountSql);
        return await command.ReadAllAsync(row => (row.GetString(0), row.GetInt64(1)), cancellationToken);
    }

    private async Task<bool> RaiseAsync(
        Func<string, NpgsqlCommand> createCommand,
        AlertCondition condition,
        string instance,
        CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var raise = createCommand(RaiseSql);
        raise.Parameters.AddUuid(Guid.CreateVersion7(now));
        AddIdentity(raise, condition.Kind, condition.Subject, instance);
        raise.Parameters.AddText(condition.Detail);
        raise.Parameters.AddTimestamp(now);
        if (await raise.ExecuteNonQueryAsync(cancellationToken) > 0)
        {
            metrics.CountAlert(condition.Kind);
            LogRaised(condition.Kind, condition.Subject, condition.Detail);
            return true;
        }

        await using var seeAgain = createCommand(SeeAgainSql);
        AddIdentity(seeAgain, condition.Kind, condition.Subject, instance);
        seeAgain.Parameters.AddTimestamp(now);
        seeAgain.Parameters.AddText(condition.Detail);
        await seeAgain.ExecuteNonQueryAsync(cancellationToken);
        return false;
    }

    private static void AddIdentity(NpgsqlCommand command, string kind, string subject, string instance)
    {
        command.Parameters.AddText(kind);
        command.Parameters.AddText(subject);
        command.Parameters.AddText(instance);
    }

    private async Task LogClearedAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        foreach (var (kind, subject) in await command.ReadAllAsync(row => (row.GetString(0), row.GetString(1)), cancellationToken))
        {
            LogCleared(kind, subject);
        }
    }

    [LoggerMessage(EventId = 3200, EventName = "AlertRaised", Level = LogLevel.Warning, Message = "Alert {Kind} ({Subject}): {Detail}")]
    private partial void LogRaised(string kind, string subject, string detail);

    [LoggerMessage(EventId = 3201, EventName = "AlertCleared", Level = LogLevel.Information, Message = "The alert {Kind} ({Subject}) is cleared")]
    private partial void LogCleared(string kind, string subject);
}
