using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Options;
using Npgsql;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>Creates the leases of claimed deliveries.</summary>
internal sealed class DeliveryLeases(
    NpgsqlDataSource database,
    IOptions<InboxOptions> options,
    TimeProvider time,
    ILogger<DeliveryLease> logger)
{
    /// <summary>Begins the lease of a delivery that was just claimed.</summary>
    public DeliveryLease Begin(InboxDelivery delivery) => new(delivery, options.Value.Lease, database, time, logger);
}

/// <summary>
/// The lease of one claimed delivery. The end of the lease cancels the handler, because the claim is then no longer valid. Only the step
/// before the transaction may be longer than a lease: while it runs, the lease is renewed.
/// </summary>
internal sealed partial class DeliveryLease : IDisposable
{
    // The attempt number identifies the claim: the update of a worker that lost its claim matches no row.
    private const string RenewSql = """
        UPDATE inbox SET lease_until = $3, due_at = $3
        WHERE id = $1 AND attempts = $2 AND state = 'pending' AND lease_until IS NOT NULL
        """;

    private readonly InboxDelivery _delivery;
    private readonly TimeSpan _duration;
    private readonly NpgsqlDataSource _database;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _end;

    public DeliveryLease(InboxDelivery delivery, TimeSpan duration, NpgsqlDataSource database, TimeProvider time, ILogger logger)
    {
        (_delivery, _duration, _database, _time, _logger) = (delivery, duration, database, time, logger);
        _end = new CancellationTokenSource(duration, time);
    }

    /// <summary>Cancelled when the lease ends.</summary>
    public CancellationToken Token => _end.Token;

    /// <summary>Runs a step and renews the lease until the step ends.</summary>
    /// <param name="step">The step, which receives <see cref="Token"/>.</param>
    public async Task RenewWhileAsync(Func<CancellationToken, Task> step)
    {
        var running = step(Token);
        if (!running.IsCompleted)
        {
            using var timer = new PeriodicTimer(_duration / 3, _time);
            while (await Task.WhenAny(running, timer.WaitForNextTickAsync().AsTask()) != running)
            {
                await RenewAsync();
            }
        }

        await running;
    }

    /// <inheritdoc/>
    public void Dispose() => _end.Dispose();

    private async Task RenewAsync()
    {
        try
        {
            var until = _time.GetUtcNow() + _duration;
            await using var command = _database.CreateCommand(RenewSql);
            command.Parameters.AddBigint(_delivery.Id);
            command.Parameters.AddInteger(_delivery.Attempt);
            command.Parameters.AddTimestamp(until);
            if (await command.ExecuteNonQueryAsync(Token) == 1)
            {
                _end.CancelAfter(_duration);
            }
            else
            {
                await _end.CancelAsync();
            }
        }
        catch (Exception e)
        {
            // The next tick tries again. The step is cancelled only if the lease really ends.
            LogNotRenewed(_delivery.Id, ExceptionSummary.Of(e));
        }
    }

    [LoggerMessage(LogLevel.Warning, "The lease of delivery {DeliveryId} cannot be renewed yet: {Reason}")]
    private partial void LogNotRenewed(long deliveryId, string reason);
}
