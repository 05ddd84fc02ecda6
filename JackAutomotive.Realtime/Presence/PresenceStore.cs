using JackAutomotive.Contracts;
using StackExchange.Redis;

namespace JackAutomotive.Realtime.Presence;

/// <summary>Reads and writes presence in Redis. No command uses more than one key, so Redis can be a cluster.</summary>
internal sealed class PresenceStore(IConnectionMultiplexer redis)
{
    // The expiry of a lead's hash: it removes fields that no instance reads. Live instances rewrite their fields after half of this time.
    private static readonly TimeSpan s_hashExpiry = TimeSpan.FromDays(1);

    private IDatabase Database => redis.GetDatabase();

    /// <summary>The id of this process. A restarted process gets a new id, so that it does not adopt the fields of the process before.</summary>
    public string Instance { get; } = Guid.CreateVersion7().ToString("N");

    /// <summary>The time after which an instance must rewrite all its fields.</summary>
    public static TimeSpan RewriteInterval => s_hashExpiry / 2;

    /// <summary>
    /// Renews the liveness key of this instance. Returns false if the key did not exist: then Redis lost the fields of this instance, or other
    /// instances may have removed them.
    /// </summary>
    public async Task<bool> RenewAsync(TimeSpan lifetime)
    {
        var previous = await Database.StringSetAndGetAsync(PresenceHash.LivenessKey(Instance), "1", lifetime);
        return !previous.IsNull;
    }

    /// <summary>Returns the instances that have no liveness key. This instance counts as alive.</summary>
    public async Task<HashSet<string>> FindDeadAsync(IReadOnlyCollection<string> instances)
    {
        var others = instances.Where(instance => instance != Instance).ToArray();
        var alive = await Task.WhenAll(others.Select(instance => Database.KeyExistsAsync(PresenceHash.LivenessKey(instance))));
        return [.. others.Where((_, i) => !alive[i])];
    }

    /// <summary>
    /// Writes a change and reads the lead's fields in one transaction. If two instances write concurrently, at least one of them reads both
    /// changes.
    /// </summary>
    public async Task<List<PresenceField>> WriteAsync(PresenceChange change)
    {
        var key = PresenceHash.KeyOf(change.Lead);
        if (change.Joined.Count + change.Left.Count == 0)
        {
            return PresenceHash.Read(await Database.HashGetAllAsync(key));
        }

        var transaction = Database.CreateTransaction();
        if (change.Joined.Count > 0)
        {
            var joined = change.Joined.Select(watcher => new HashEntry(FieldOf(watcher.Name), PresenceHash.ValueOf(watcher.Since)));
            _ = transaction.HashSetAsync(key, [.. joined]);
            _ = transaction.KeyExpireAsync(key, s_hashExpiry);
        }

        if (change.Left.Count > 0)
        {
            _ = transaction.HashDeleteAsync(key, [.. change.Left.Select(name => (RedisValue)FieldOf(name))]);
        }

        var hash = transaction.HashGetAllAsync(key);
        await transaction.ExecuteAsync();
        return PresenceHash.Read(await hash);
    }

    /// <summary>Removes fields of dead instances. Returns false if there are none, or if another instance removed them first.</summary>
    public async Task<bool> RemoveAsync(LeadId lead, IEnumerable<PresenceField> fields)
    {
        RedisValue[] names = [.. fields.Select(field => (RedisValue)PresenceHash.FieldOf(field.Instance, field.Name))];
        return names.Length > 0 && await Database.HashDeleteAsync(PresenceHash.KeyOf(lead), names) > 0;
    }

    /// <summary>Publishes a presence frame to all instances: to the streams of this lead and to the streams of many leads.</summary>
    public void Publish(LeadId lead, ReadOnlyMemory<byte> frame, DateTimeOffset now)
    {
        var subscriber = redis.GetSubscriber();
        var message = LeadMessage.EncodePassing(null, now, frame.Span);
        subscriber.Publish(redis.LeadChannel(lead), message, CommandFlags.FireAndForget);
        subscriber.Publish(
            RedisChannel.Literal(LeadsChannel.Name), LeadsChannel.EncodePassing(lead, message), CommandFlags.FireAndForget);
    }

    private string FieldOf(string name) => PresenceHash.FieldOf(Instance, name);
}
