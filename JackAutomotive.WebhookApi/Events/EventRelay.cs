using System.Threading.Channels;
using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Database;
using Microsoft.Extensions.Options;
using Npgsql;
using OpenTelemetry;

namespace JackAutomotive.WebhookApi.Messaging;

/// <summary>
/// Gets every committed event published: new ones at once, without holding up the work that raised them, and from the outbox those
/// that a crash or an absent Redis left behind, on whichever instance.
/// </summary>
internal sealed partial class EventRelay(
    EventPublisher publisher,
    NpgsqlDataSource database,
    IOptions<MessagingOptions> options,
    TimeProvider time,
    ILogger<EventRelay> logger) : BackgroundService
{
    private const int BatchSize = 256;
    private const int MaxWaiting = 10_000;

    private const string LeftBehindSql = """
        SELECT lead_id, seq, event.type, event.occurred_at, event.data, event.trace_parent, event_outbox.created_at
        FROM event_outbox JOIN lead_events AS event USING (lead_id, seq)
        WHERE event_outbox.created_at <= $1
        ORDER BY event_outbox.created_at, lead_id, seq
        LIMIT $2
        FOR UPDATE OF event_outbox SKIP LOCKED
        """;

    // What does not fit is not lost: it is in the outbox.
    private readonly Channel<LeadEvent> _new = Channel.CreateBounded<LeadEvent>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Hands over events whose transaction has just been committed. Never waits.</summary>
    public void Announce(IReadOnlyList<LeadEvent> events)
    {
        var now = time.GetUtcNow();
        foreach (var e in events)
        {
            _new.Writer.TryWrite(e with { CommittedAt = now });
        }
    }

    /// <summary>
    /// Publishes what has been in the outbox for at least <paramref name="minAge"/>, oldest first, until nothing is left or Redis
    /// takes no more. Returns how many went out.
    /// </summary>
    public async Task<int> DrainAsync(TimeSpan minAge, CancellationToken cancellationToken)
    {
        var total = 0;
        while (true)
        {
            var (found, wentOut) = await RelayBatchAsync(time.GetUtcNow() - minAge, cancellationToken);
            total += wentOut;
            if (found < BatchSize || wentOut < found)
            {
                return total;
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(PublishNewAsync(stoppingToken), RelayAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The worker has stopped before us: what it announced last still goes out now, not by another instance's relay.
            await PublishWaitingAsync(CancellationToken.None);
        }
    }

    private async Task PublishNewAsync(CancellationToken stoppingToken)
    {
        while (await _new.Reader.WaitToReadAsync(stoppingToken))
        {
            await PublishWaitingAsync(stoppingToken);
        }
    }

    private async Task PublishWaitingAsync(CancellationToken cancellationToken)
    {
        var batch = new List<LeadEvent>(BatchSize);
        while (batch.Count < BatchSize && _new.Reader.TryRead(out var e))
        {
            batch.Add(e);
        }

        try
        {
            await using var command = database.CreateCommand();
            await publisher.PublishAsync(batch, command, cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            // Published but not forgotten: the relay publishes them once more.
            LogOutage(FailurePolicy.Describe(e));
        }
    }

    private async Task RelayAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.RelayInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var count = await DrainAsync(options.Value.RelayInterval, stoppingToken);
                if (count > 0)
                {
                    LogRelayed(count);
                }
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                LogOutage(FailurePolicy.Describe(e));
            }
        }
    }

    private async Task<(int Found, int WentOut)> RelayBatchAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        List<LeadEvent> events;
        using (SuppressInstrumentationScope.Begin())
        {
            events = await ReadLeftBehindAsync(connection, before, cancellationToken);
        }

        await using var forget = connection.CreateCommand();
        var wentOut = await publisher.PublishAsync(events, forget, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (events.Count, wentOut);
    }

    private static async Task<List<LeadEvent>> ReadLeftBehindAsync(
        NpgsqlConnection connection,
        DateTimeOffset before,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(LeftBehindSql, connection);
        command.Parameters.AddTime(before);
        command.Parameters.AddInteger(BatchSize);

        var events = new List<LeadEvent>();
        await using var rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            events.Add(new LeadEvent(
                new LeadId(rows.GetGuid(0)),
                rows.GetInt64(1),
                rows.GetString(2),
                rows.GetFieldValue<DateTimeOffset>(3),
                rows.GetString(4),
                rows.IsDBNull(5) ? null : rows.GetString(5),
                rows.GetFieldValue<DateTimeOffset>(6)));
        }

        return events;
    }

    [LoggerMessage(LogLevel.Information, "Published {Count} events that had been left behind")]
    private partial void LogRelayed(int count);

    [LoggerMessage(LogLevel.Warning, "The outbox cannot be read or written: {Reason}")]
    private partial void LogOutage(string reason);
}
