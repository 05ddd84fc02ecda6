using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;
using OpenTelemetry;
using StackExchange.Redis;

namespace JackAutomotive.WebhookApi.Conversations;

/// <summary>A line that is being spoken and is not final yet.</summary>
/// <param name="ConversationId">The provider's id of the conversation.</param>
/// <param name="Role">user or agent.</param>
/// <param name="Text">The words so far, or only the next words, as the provider sends them.</param>
/// <param name="EventId">The provider's id of the line.</param>
internal sealed record PartialLine(string ConversationId, string Role, string Text, string? EventId);

/// <summary>
/// Publishes partial lines to the lead's current watchers, as passing frames. The lines wait in a short queue, so a Postgres or a Redis that
/// hangs neither delays a request nor lets the lines pile up: the oldest lines are dropped. A line is not published while the lead is
/// unknown, or while Redis or Postgres is unavailable. The watchers lose no words, because the final line arrives later as a lead event.
/// </summary>
internal sealed partial class LiveTranscript : BackgroundService
{
    /// <summary>The most lines that wait. At the usual pace, a thousand lines are a second of a hundred conversations.</summary>
    internal const int MaxWaitingLines = 1000;

    /// <summary>The longest line in characters; together with <see cref="MaxWaitingLines"/> it bounds the memory. A longer line is dropped.</summary>
    internal const int MaxLineLength = 16 * 1024;

    private const int MaxCachedLeads = 10_000;

    private const string FindLeadSql = """
        SELECT lead_id FROM live_conversations WHERE conversation_id = $1 AND lead_id IS NOT NULL
        UNION ALL
        SELECT lead_id FROM initiation_sessions WHERE conversation_id = $1 AND lead_id IS NOT NULL
        LIMIT 1
        """;

    private static readonly TimeSpan s_lookupTimeout = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_publishTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_leadLifetime = TimeSpan.FromMinutes(5);

    // After a failed look-up, lines of conversations whose lead is not in memory are dropped at once for this time, so that they do not delay
    // the lines of the other conversations.
    private static readonly TimeSpan s_lookupPause = TimeSpan.FromSeconds(2);

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly NpgsqlDataSource _database;
    private readonly IConnectionMultiplexer _redis;
    private readonly WebhookApiMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<WaitingLine> _waiting;

    // Contains known leads only. The lead of a conversation never changes, but a conversation without a lead may get one at any moment.
    private readonly MemoryCache _leads = new(new MemoryCacheOptions { SizeLimit = MaxCachedLeads });
    private DateTimeOffset _nextLookup = DateTimeOffset.MinValue;

    public LiveTranscript(
        NpgsqlDataSource database,
        IConnectionMultiplexer redis,
        WebhookApiMetrics metrics,
        TimeProvider time,
        ILogger<LiveTranscript> logger)
    {
        (_database, _redis, _metrics, _time, _logger) = (database, redis, metrics, time, logger);
        _waiting = Channel.CreateBounded<WaitingLine>(
            new BoundedChannelOptions(MaxWaitingLines) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest },
            _ => metrics.CountPartialLine("dropped"));
    }

    /// <summary>The number of lines that wait.</summary>
    internal int WaitingLineCount => _waiting.Reader.Count;

    /// <summary>Queues a line, which is published soon. Never blocks. A full queue drops its oldest line.</summary>
    public void Publish(PartialLine line, DateTimeOffset at)
    {
        if (line.Text.Length > MaxLineLength)
        {
            _metrics.CountPartialLine("dropped");
            return;
        }

        _waiting.Writer.TryWrite(new WaitingLine(line, at, Activity.Current?.Context ?? default));
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _leads.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var waiting in _waiting.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                _metrics.CountPartialLine(await TryPublishAsync(waiting, stoppingToken));
            }
            catch (Exception e) when (e is NpgsqlException or RedisException or TimeoutException)
            {
                _metrics.CountPartialLine("dropped");
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever is wrong with one line, the next line must be published.
                _metrics.CountPartialLine("dropped");
                LogFailed(e);
            }
        }
    }

    // Returns the outcome for the metric.
    private async Task<string> TryPublishAsync(WaitingLine waiting, CancellationToken cancellationToken)
    {
        if (await FindLeadAsync(waiting.Line.ConversationId, cancellationToken) is not { } lead)
        {
            return "lead unknown";
        }

        using var activity = WebhookApiTelemetry.StartPublishingPassingFrame(lead, waiting.Request);
        var frame = LeadEventFrame.EncodePassing(
            lead, LeadEventTypes.LiveTranscript, waiting.At, JsonSerializer.Serialize(waiting.Line, s_json));
        var message = LeadMessage.EncodePassing(activity?.Id, _time.GetUtcNow(), frame);
        var allLeadsMessage = LeadsChannel.EncodePassing(lead, message);
        _redis.GetSubscriber().Publish(RedisChannel.Literal(LeadsChannel.Name), allLeadsMessage, CommandFlags.FireAndForget);
        await _redis.GetSubscriber().PublishAsync(_redis.LeadChannel(lead), message).WaitAsync(s_publishTimeout, cancellationToken);
        return "published";
    }

    private async Task<LeadId?> FindLeadAsync(string conversationId, CancellationToken cancellationToken)
    {
        if (_leads.TryGetValue(conversationId, out LeadId cachedLead))
        {
            return cachedLead;
        }

        if (_time.GetUtcNow() < _nextLookup)
        {
            throw new TimeoutException("Postgres did not answer the last look-up.");
        }

        try
        {
            return await LookUpLeadAsync(conversationId, cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _nextLookup = _time.GetUtcNow() + s_lookupPause;
            throw new TimeoutException("Postgres did not answer in time.", e);
        }
    }

    private async Task<LeadId?> LookUpLeadAsync(string conversationId, CancellationToken cancellationToken)
    {
        using var untraced = SuppressInstrumentationScope.Begin();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(s_lookupTimeout);
        await using var command = _database.CreateCommand(FindLeadSql);
        command.Parameters.AddText(conversationId);
        if (await command.ExecuteScalarAsync(timeout.Token) is not Guid id)
        {
            return null;
        }

        _leads.Set(conversationId, new LeadId(id), new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = s_leadLifetime });
        return new LeadId(id);
    }

    [LoggerMessage(LogLevel.Error, "A partial line could not be published")]
    private partial void LogFailed(Exception exception);

    /// <summary>A line that waits, with the span of the request that contained the line.</summary>
    private readonly record struct WaitingLine(PartialLine Line, DateTimeOffset At, ActivityContext Request);
}
