using System.Diagnostics;
using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Telemetry;
using Npgsql;
using NpgsqlTypes;
using OpenTelemetry;
using StackExchange.Redis;

namespace JackAutomotive.WebhookApi.Messaging;

/// <summary>
/// Tells watchers of committed events: publishes the finished frames to Redis and then forgets them in the outbox. An event may be
/// published twice, which <c>seq</c> makes harmless; one that cannot be published stays in the outbox.
/// </summary>
internal sealed partial class EventPublisher(
    IConnectionMultiplexer redis,
    WebhookApiMetrics metrics,
    ILogger<EventPublisher> logger)
{
    private const string ForgetSql = """
        DELETE FROM event_outbox USING unnest($1, $2) AS told (lead_id, seq)
        WHERE event_outbox.lead_id = told.lead_id AND event_outbox.seq = told.seq
        """;

    private volatile bool _isAway;

    /// <summary>Publishes the events and removes those that went out from the outbox.</summary>
    /// <param name="events">Committed events.</param>
    /// <param name="command">A command on the connection that the outbox rows are to be removed on.</param>
    /// <param name="cancellationToken">Ends the wait for Postgres.</param>
    /// <returns>How many went out.</returns>
    public async Task<int> PublishAsync(IReadOnlyList<LeadEvent> events, NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var wentOut = await Task.WhenAll(events.Select(PublishAsync));
        var told = events.Where((_, i) => wentOut[i]).ToArray();
        if (told.Length > 0)
        {
            Hint();

            // Bookkeeping for events of several traces, so part of none.
            using var untraced = SuppressInstrumentationScope.Begin();
            command.CommandText = ForgetSql;
            command.Parameters.AddArray(Array.ConvertAll(told, e => e.LeadId.Value), NpgsqlDbType.Uuid);
            command.Parameters.AddArray(Array.ConvertAll(told, e => e.Seq), NpgsqlDbType.Bigint);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        return told.Length;
    }

    // Once for all of them, and nobody waits for it: streams of many leads read the log itself, this tells them that it is time to.
    private void Hint()
    {
        try
        {
            redis.GetSubscriber().Publish(RedisChannel.Literal(LeadsChannel.Name), LeadsChannel.Hint, CommandFlags.FireAndForget);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            // They look from time to time without being told.
        }
    }

    private async Task<bool> PublishAsync(LeadEvent e)
    {
        using var activity = WebhookApiTelemetry.StartPublishing(e);
        try
        {
            var message = LeadMessage.Encode(activity?.Id ?? e.TraceParent, e.CommittedAt ?? e.OccurredAt, LeadEventFrame.Encode(e));
            await redis.GetSubscriber().PublishAsync(redis.LeadChannel(e.LeadId), message);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            activity?.SetStatus(ActivityStatusCode.Error, exception.GetType().Name);
            if (!_isAway)
            {
                _isAway = true;
                LogAway(exception.GetType().Name);
            }

            return false;
        }

        if (_isAway)
        {
            _isAway = false;
            LogBack();
        }

        metrics.Published(e.Type);
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "Redis is away ({Error}): events stay in the outbox, watchers learn of them from Postgres")]
    private partial void LogAway(string error);

    [LoggerMessage(LogLevel.Information, "Redis is back")]
    private partial void LogBack();
}
