using System.Text.Encodings.Web;
using System.Text.Json;
using JackAutomotive.Contracts;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;
using StackExchange.Redis;

namespace JackAutomotive.WebhookApi.Conversations;

/// <summary>A line that is being spoken and is not final yet.</summary>
/// <param name="ConversationId">The provider's id of the conversation.</param>
/// <param name="Role">user or agent.</param>
/// <param name="Text">The words so far, or only the next words, as the provider sends them.</param>
/// <param name="EventId">The provider's id of the line.</param>
internal sealed record PartialLine(string ConversationId, string Role, string Text, string? EventId);

/// <summary>
/// Publishes partial lines to the lead's current watchers, as passing frames. A partial line is not published while the lead is unknown, or
/// while Redis or Postgres is unavailable. The watchers lose no words, because the final line arrives later as a lead event.
/// </summary>
internal sealed class LiveTranscript(
    NpgsqlDataSource database,
    IConnectionMultiplexer redis,
    WebhookApiMetrics metrics,
    TimeProvider time) : IDisposable
{
    private const int MaxCachedLeads = 10_000;

    private const string FindLeadSql = """
        SELECT lead_id FROM live_conversations WHERE conversation_id = $1 AND lead_id IS NOT NULL
        UNION ALL
        SELECT lead_id FROM initiation_sessions WHERE conversation_id = $1 AND lead_id IS NOT NULL
        LIMIT 1
        """;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_leadLifetime = TimeSpan.FromMinutes(5);

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // Contains known leads only. The lead of a conversation never changes, but a conversation without a lead may get one at any moment.
    private readonly MemoryCache _leads = new(new MemoryCacheOptions { SizeLimit = MaxCachedLeads });

    /// <summary>Tries to publish the line, for 1 second at most. An outage of Redis or Postgres does not make the task fail.</summary>
    public async Task TryPublishAsync(PartialLine line, DateTimeOffset at)
    {
        try
        {
            var wasPublished = await PublishAsync(line, at).WaitAsync(s_timeout);
            metrics.CountPartialLine(wasPublished ? "published" : "lead unknown");
        }
        catch (Exception e) when (e is NpgsqlException or RedisException or TimeoutException)
        {
            metrics.CountPartialLine("dropped");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _leads.Dispose();

    private async Task<bool> PublishAsync(PartialLine line, DateTimeOffset at)
    {
        if (await FindLeadAsync(line.ConversationId) is not { } lead)
        {
            return false;
        }

        using var activity = WebhookApiTelemetry.StartPublishingPassingFrame(lead);
        var frame = LeadEventFrame.EncodePassing(lead, LeadEventTypes.LiveTranscript, at, JsonSerializer.Serialize(line, s_json));
        var message = LeadMessage.EncodePassing(activity?.Id, time.GetUtcNow(), frame);
        var allLeadsMessage = LeadsChannel.EncodePassing(lead, message);
        redis.GetSubscriber().Publish(RedisChannel.Literal(LeadsChannel.Name), allLeadsMessage, CommandFlags.FireAndForget);
        await redis.GetSubscriber().PublishAsync(redis.LeadChannel(lead), message);
        return true;
    }

    private async Task<LeadId?> FindLeadAsync(string conversationId)
    {
        if (_leads.TryGetValue(conversationId, out LeadId cachedLead))
        {
            return cachedLead;
        }

        await using var command = database.CreateCommand(FindLeadSql);
        command.Parameters.AddText(conversationId);
        if (await command.ExecuteScalarAsync() is not Guid id)
        {
            return null;
        }

        _leads.Set(conversationId, new LeadId(id), new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = s_leadLifetime });
        return new LeadId(id);
    }
}
