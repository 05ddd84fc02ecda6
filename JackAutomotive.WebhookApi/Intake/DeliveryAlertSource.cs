using System.Globalization;
using JackAutomotive.WebhookApi.Alerts;
using JackAutomotive.WebhookApi.Database;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace JackAutomotive.WebhookApi.Intake;

/// <summary>Finds topics with parked deliveries, and topics whose deliveries wait for too long.</summary>
internal sealed class DeliveryAlertSource(
    NpgsqlDataSource database,
    EndpointDataSource endpoints,
    IOptions<IntakeOptions> options,
    TimeProvider time) : IAlertSource
{
    private const string ReadSql = """
        SELECT topic,
            (SELECT count(*) FROM (SELECT FROM inbox WHERE topic = subject.topic AND state = 'parked' LIMIT $2) AS parked),
            (SELECT min(received_at) FROM inbox WHERE topic = subject.topic AND state = 'pending')
        FROM unnest($1) AS subject (topic)
        """;

    /// <inheritdoc/>
    public IReadOnlyList<string> Kinds { get; } = [AlertKinds.DeadLetters, AlertKinds.BacklogStale];

    /// <inheritdoc/>
    public bool IsOfInstance => false;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<AlertCondition>> FindAsync(CancellationToken cancellationToken)
    {
        var topics = endpoints.Endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<WebhookGate>()?.Endpoint.Topic).OfType<string>().Distinct();
        await using var command = database.CreateCommand(ReadSql);
        command.Parameters.AddArray([.. topics], NpgsqlDbType.Text);
        command.Parameters.AddInteger(WebhookHealth.CountLimit);
        var rows = await command.ReadAllAsync(row => (Topic: row.GetString(0), Parked: row.GetInt64(1), Oldest: row.GetTimeOrNull(2)), cancellationToken);
        return
        [
            .. rows.Where(row => row.Parked > 0).Select(row => new AlertCondition(
                AlertKinds.DeadLetters,
                row.Topic,
                string.Create(CultureInfo.InvariantCulture, $"{row.Parked} deliveries are parked; GET /api/deliveries?state=parked lists them."))),
            .. rows.Where(row => time.GetUtcNow() - row.Oldest > options.Value.StaleAfter).Select(row => new AlertCondition(
                AlertKinds.BacklogStale,
                row.Topic,
                $"The oldest delivery waits since {row.Oldest!.Value.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC; see /health.")),
        ];
    }
}
