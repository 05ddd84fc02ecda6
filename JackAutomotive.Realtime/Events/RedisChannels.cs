using System.Collections.Concurrent;
using JackAutomotive.Contract;
using JackAutomotive.Realtime.Telemetry;
using StackExchange.Redis;

namespace JackAutomotive.Realtime.Events;

/// <summary>
/// The one place where leads' messages come in from Redis: one handler for all channels. Messages may be late, doubled, shuffled
/// or lost; <see cref="LeadFeed"/> makes that good.
/// </summary>
internal sealed partial class RedisChannels(IConnectionMultiplexer redis, RealtimeMetrics metrics, ILogger<RedisChannels> logger)
{
    private const int Stripes = 64;

    // A lead's SUBSCRIBE and UNSUBSCRIBE must not overtake each other, else a new watcher can lose a subscription to an old one's end.
    private readonly SemaphoreSlim[] _stripes = [.. Enumerable.Range(0, Stripes).Select(_ => new SemaphoreSlim(1))];
    private readonly ConcurrentDictionary<LeadId, byte> _subscribed = new();
    private Action<LeadId, LeadMessage> _receive = (_, _) => { };

    /// <summary>Says where messages go. To be called once, before anything is subscribed to.</summary>
    public void DeliverTo(Action<LeadId, LeadMessage> receive) => _receive = receive;

    /// <summary>
    /// Subscribes to a lead's channel. Completes when Redis has confirmed it or could not be reached; in the latter case
    /// the client library subscribes as soon as it can.
    /// </summary>
    public async Task SubscribeAsync(LeadId lead)
    {
        var stripe = StripeOf(lead);
        await stripe.WaitAsync();
        try
        {
            if (_subscribed.TryAdd(lead, 0))
            {
                // As a queue, which keeps a channel's messages in their order: passing ones have no seq to restore it by.
                (await redis.GetSubscriber().SubscribeAsync(ChannelOf(lead))).OnMessage(OnMessage);
            }
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            LogNotSubscribed(lead, e);
        }
        finally
        {
            stripe.Release();
        }
    }

    /// <summary>Ends a subscription, unless <paramref name="stillWanted"/> says that somebody came back meanwhile.</summary>
    public async Task UnsubscribeAsync(LeadId lead, Func<LeadId, bool> stillWanted)
    {
        var stripe = StripeOf(lead);
        await stripe.WaitAsync();
        try
        {
            if (!stillWanted(lead) && _subscribed.TryRemove(lead, out _))
            {
                await redis.GetSubscriber().UnsubscribeAsync(ChannelOf(lead));
            }
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            LogNotUnsubscribed(lead, e);
        }
        finally
        {
            stripe.Release();
        }
    }

    private void OnMessage(ChannelMessage received)
    {
        if (TryGetLead(received.Channel, out var lead) && LeadMessage.TryDecode((byte[]?)received.Message, out var message))
        {
            _receive(lead, message);
        }
        else
        {
            metrics.Unreadable();
            LogUnreadable(received.Channel.ToString());
        }
    }

    private static bool TryGetLead(RedisChannel channel, out LeadId lead)
    {
        var name = channel.ToString();
        return LeadId.TryParse(name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..], null, out lead);
    }

    private static RedisChannel ChannelOf(LeadId lead) => RedisChannel.Literal(LeadMessage.ChannelOf(lead));

    private SemaphoreSlim StripeOf(LeadId lead) => _stripes[(uint)lead.GetHashCode() % Stripes];

    [LoggerMessage(LogLevel.Debug, "Redis did not confirm the subscription to lead {Lead}; it follows when Redis is back")]
    private partial void LogNotSubscribed(LeadId lead, Exception exception);

    [LoggerMessage(LogLevel.Debug, "Redis did not confirm the end of the subscription to lead {Lead}")]
    private partial void LogNotUnsubscribed(LeadId lead, Exception exception);

    [LoggerMessage(LogLevel.Warning, "A message on channel {Channel} is no event and was ignored")]
    private partial void LogUnreadable(string channel);
}
