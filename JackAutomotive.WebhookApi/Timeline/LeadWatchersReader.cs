using JackAutomotive.Contracts;
using StackExchange.Redis;

namespace JackAutomotive.WebhookApi.Timeline;

/// <summary>Reads the current watchers of a lead on all instances of the realtime service.</summary>
internal sealed class LeadWatchersReader(IConnectionMultiplexer redis)
{
    // The watchers are a supplement to the lead's details, so a slow Redis must not delay the response.
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Returns at most <see cref="PresenceHash.MaxShown"/> watchers, those with the longest presence first. Returns null while Redis is
    /// unavailable.
    /// </summary>
    public async Task<IReadOnlyList<LeadWatcher>?> FindAsync(LeadId lead, CancellationToken cancellationToken)
    {
        if (!redis.IsConnected)
        {
            return null;
        }

        try
        {
            return await ReadAsync(lead).WaitAsync(s_timeout, cancellationToken);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return null;
        }
    }

    private async Task<IReadOnlyList<LeadWatcher>> ReadAsync(LeadId lead)
    {
        var database = redis.GetDatabase();
        var fields = PresenceHash.Read(await database.HashGetAllAsync(PresenceHash.KeyOf(lead)));
        if (fields.Count == 0)
        {
            return [];
        }

        var instances = fields.Select(field => field.Instance).Distinct().ToArray();
        var isAlive = await Task.WhenAll(instances.Select(instance => database.KeyExistsAsync(PresenceHash.LivenessKey(instance))));
        var deadInstances = instances.Where((_, i) => !isAlive[i]).ToHashSet();

        // A read changes nothing: the instances of the realtime service remove the fields of dead instances.
        return [.. PresenceHash.Combine(fields.Where(field => !deadInstances.Contains(field.Instance))).Take(PresenceHash.MaxShown)];
    }
}
