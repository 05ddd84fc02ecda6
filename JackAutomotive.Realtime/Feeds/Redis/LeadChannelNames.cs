using System.Text;
using JackAutomotive.Contracts;
using StackExchange.Redis;

namespace JackAutomotive.Realtime.Feeds.Redis;

/// <summary>
/// The names of the leads' channels as Redis knows them. StackExchange.Redis puts the <c>channelPrefix</c> of the connection string in front of
/// every channel that it publishes to, so the subscriptions need the same prefix.
/// </summary>
internal sealed class LeadChannelNames(RedisChannel prefix)
{
    private readonly string _prefix = prefix.IsNullOrEmpty ? "" : prefix.ToString();
    private readonly byte[] _prefixBytes = prefix.IsNullOrEmpty ? [] : Encoding.UTF8.GetBytes(prefix.ToString());

    /// <summary>Returns the name of the lead's channel with the prefix.</summary>
    public string NameOf(LeadId lead) => _prefix + LeadMessage.ChannelName(lead);

    /// <summary>Reads the lead from the name of a channel. Returns false if this is not the channel of a lead with the prefix.</summary>
    public bool TryParse(ReadOnlySpan<byte> channel, out LeadId lead)
    {
        lead = default;
        return channel.StartsWith(_prefixBytes) && LeadMessage.TryParseChannel(channel[_prefixBytes.Length..], out lead);
    }
}
