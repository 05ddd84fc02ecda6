using JackAutomotive.Contract;
using StackExchange.Redis;

namespace JackAutomotive.WebhookApi.Features.Leads;

/// <summary>Reads who watches a lead at this moment, on all instances of the realtime service.</summary>
internal sealed class LeadWatchersReader(IConnectionMultiplexer redis)
{
    // It is an addition to the lead, not what somebody should wait for.
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(500);

    /// <summary>Those who have watched longest first, at most <see cref="PresenceHash.MaxShown"/>; null while Redis cannot be asked.</summary>
    public async Task<IReadOnlyList<LeadWatcher>?> FindAsync(LeadId lead, CancellationToken cancellationToken)
    {
        if (!redis.IsConnected)
        {
            return null;
        }

        try
        {
            return await ReadAsync(lead).WaitAsync(s_patience, cancellationToken);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<LeadWatcher>> ReadAsync(LeadId lead)
    {
        var database = redis.GetDatabase();
        var key = PresenceHash.KeyOf(lead);
        var fields = PresenceHash.Read(await database.HashGetAllAsync(key));
        if (fields.Count == 0)
        {
            return [];
        }

        var instances = fields.Select(field => field.Instance).Distinct().ToArray();
        var alive = await Task.WhenAll(instances.Select(instance => database.KeyExistsAsync(PresenceHash.LivenessOf(instance))));
        var dead = instances.Where((_, i) => !alive[i]).ToHashSet();
        foreach (var field in fields.Where(field => dead.Contains(field.Instance)))
        {
            database.HashDelete(key, PresenceHash.FieldOf(field.Instance, field.Name), CommandFlags.FireAndForget);
        }

        return [.. PresenceHash.Combine(fields.Where(field => !dead.Contains(field.Instance))).Take(PresenceHash.MaxShown)];
    }
}
