using System.Text.Encodings.Web;
using System.Text.Json;
using JackAutomotive.Contract;
using JackAutomotive.WebhookApi.Database;
using JackAutomotive.WebhookApi.Telemetry;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;
using StackExchange.Redis;

namespace JackAutomotive.WebhookApi.Features.Conversations;

/// <summary>What is being said at this moment, not final yet.</summary>
/// <param name="ConversationId">Where.</param>
/// <param name="Role">user or agent.</param>
/// <param name="Text">The words so far, or the next of them, as the provider sends them.</param>
/// <param name="EventId">The provider's id.</param>
internal sealed record PartialLine(string ConversationId, string Role, string Text, string? EventId);

/// <summary>
/// Shows partial lines to whoever watches the lead at this moment: passing frames, neither stored nor replayed. While it is not known
/// with whom the conversation is held, or Redis or Postgres is away, they pass unseen; the final line follows.
/// </summary>
internal sealed class LiveTranscript(
    NpgsqlDataSource database,
    IConnectionMultiplexer redis,
    WebhookApiMetrics metrics,
    TimeProvider time) : IDisposable
{
    private const int MaxRemembered = 10_000;

    private const string FindLeadSql = """
        SELECT lead_id FROM live_conversations WHERE conversation_id = $1 AND lead_id IS NOT NULL
        UNION ALL
        SELECT lead_id FROM initiation_sessions WHERE conversation_id = $1 AND lead_id IS NOT NULL
        LIMIT 1
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_remember = TimeSpan.FromMinutes(5);

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // Only leads that are known: a conversation gets its lead once and keeps it, but until then it may get one at any moment.
    private readonly MemoryCache _leads = new(new MemoryCacheOptions { SizeLimit = MaxRemembered });

    /// <summary>Shows the line; completes when it was handed to Redis or left out. Never fails, and never takes long.</summary>
    public async Task ShowAsync(PartialLine line, DateTimeOffset at)
    {
        try
        {
            var wasShown = await PublishAsync(line, at).WaitAsync(s_patience);
            metrics.Passed(wasShown ? "shown" : "lead unknown");
        }
        catch (Exception e) when (e is NpgsqlException or RedisException or TimeoutException)
        {
            metrics.Passed("left out");
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

        using var activity = WebhookApiTelemetry.StartPassing(lead);
        var frame = LeadEventFrame.EncodePassing(lead, LeadEventTypes.LiveTranscript, at, JsonSerializer.Serialize(line, s_json));
        var message = LeadMessage.Encode(activity?.Id, time.GetUtcNow(), frame);
        var toAll = LeadsChannel.EncodePassing(lead, message);
        redis.GetSubscriber().Publish(RedisChannel.Literal(LeadsChannel.Name), toAll, CommandFlags.FireAndForget);
        await redis.GetSubscriber().PublishAsync(redis.LeadChannel(lead), message);
        return true;
    }

    private async Task<LeadId?> FindLeadAsync(string conversationId)
    {
        if (_leads.TryGetValue(conversationId, out LeadId known))
        {
            return known;
        }

        await using var command = database.CreateCommand(FindLeadSql);
        command.Parameters.AddText(conversationId);
        if (await command.ExecuteScalarAsync() is not Guid id)
        {
            return null;
        }

        _leads.Set(conversationId, new LeadId(id), new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = s_remember });
        return new LeadId(id);
    }
}
