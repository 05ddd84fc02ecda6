using JackAutomotive.WebhookApi.Database;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>How one webhook endpoint is doing, over all instances. Holds no secrets, since anybody may ask.</summary>
/// <param name="Status"><c>ok</c>, <c>not configured</c>, <c>stale backlog</c> or <c>storage unavailable</c>.</param>
/// <param name="Configured">Signatures can be checked.</param>
/// <param name="MissingSetting">The setting that is missing, if one is.</param>
/// <param name="LastAccepted">When a delivery was last stored.</param>
/// <param name="LastRejected">When a delivery was last refused, and why.</param>
/// <param name="Backlog">Deliveries that wait to be handled.</param>
/// <param name="Parked">Deliveries kept aside for a person.</param>
internal sealed record WebhookHealthReport(
    string Status,
    bool Configured,
    string? MissingSetting,
    DateTimeOffset? LastAccepted,
    LastRejection? LastRejected,
    Backlog? Backlog,
    long? Parked);

/// <summary>The last refusal.</summary>
internal sealed record LastRejection(DateTimeOffset At, string Reason);

/// <summary>Unhandled deliveries.</summary>
/// <param name="Count">How many; counted up to <see cref="WebhookHealth.CountLimit"/>.</param>
/// <param name="OldestReceivedAt">When the oldest was received, or null if there is none.</param>
/// <param name="OldestAgeSeconds">Its age.</param>
internal sealed record Backlog(long Count, DateTimeOffset? OldestReceivedAt, double? OldestAgeSeconds);

/// <summary>Answers GET and HEAD on a webhook's own address: 200 if it works, 503 if it does not.</summary>
internal sealed class WebhookHealth(NpgsqlDataSource database, IOptions<IntakeOptions> options, TimeProvider time)
{
    /// <summary>Rows are counted up to here, so that asking stays cheap whatever the backlog.</summary>
    internal const int CountLimit = 10_000;

    private const string ReadSql = """
        SELECT
            (SELECT max(received_at) FROM inbox WHERE topic = $1),
            rejection.rejected_at,
            rejection.reason,
            (SELECT count(*) FROM (SELECT FROM inbox WHERE topic = $1 AND state = 'pending' LIMIT $2) AS waiting),
            (SELECT min(received_at) FROM inbox WHERE topic = $1 AND state = 'pending'),
            (SELECT count(*) FROM (SELECT FROM inbox WHERE topic = $1 AND state = 'parked' LIMIT $2) AS parked)
        FROM (SELECT) AS one
        LEFT JOIN LATERAL (
            SELECT rejected_at, reason FROM rejected_deliveries WHERE topic = $1
            ORDER BY rejected_at DESC, id DESC LIMIT 1) AS rejection ON true
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <summary>Asks how an endpoint is doing.</summary>
    public async Task<JsonHttpResult<WebhookHealthReport>> AnswerAsync(
        WebhookEndpoint endpoint,
        SignatureScheme scheme,
        CancellationToken cancellationToken)
    {
        var report = await ReadAsync(endpoint.Topic, scheme.MissingSettingOf(endpoint), cancellationToken);
        return TypedResults.Json(
            report,
            statusCode: report.Status == "ok" ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private async Task<WebhookHealthReport> ReadAsync(string topic, string? missingSetting, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            await using var command = database.CreateCommand(ReadSql);
            command.Parameters.AddText(topic);
            command.Parameters.AddInteger(CountLimit);
            await using var row = await command.ExecuteReaderAsync(patience.Token);
            await row.ReadAsync(patience.Token);
            return Read(row, missingSetting);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return new WebhookHealthReport("storage unavailable", missingSetting is null, missingSetting, null, null, null, null);
        }
    }

    private WebhookHealthReport Read(NpgsqlDataReader row, string? missingSetting)
    {
        var oldest = row.TimeOrNull(4);
        var age = time.GetUtcNow() - oldest;
        var status = missingSetting is not null ? "not configured" : age > options.Value.StaleAfter ? "stale backlog" : "ok";
        return new WebhookHealthReport(
            status,
            missingSetting is null,
            missingSetting,
            row.IsDBNull(0) ? null : row.GetFieldValue<DateTimeOffset>(0),
            row.IsDBNull(1) ? null : new LastRejection(row.GetFieldValue<DateTimeOffset>(1), row.GetString(2)),
            new Backlog(row.GetInt64(3), oldest, age?.TotalSeconds),
            row.GetInt64(5));
    }
}
