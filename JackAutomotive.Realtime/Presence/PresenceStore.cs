using JackAutomotive.Contract;
using StackExchange.Redis;

namespace JackAutomotive.Realtime.Presence;

/// <summary>What Redis is told and asked about who watches. No command touches more than one key, so that it may be a cluster.</summary>
internal sealed class PresenceStore(IConnectionMultiplexer redis)
{
    // Whatever nobody reads or removes goes at last; everything is written again within half of it.
    private static readonly TimeSpan s_keep = TimeSpan.FromDays(1);

    private IDatabase Database => redis.GetDatabase();

    /// <summary>This process, and no earlier one of the same name: what that one wrote is not ours.</summary>
    public string Instance { get; } = Guid.CreateVersion7().ToString("N");

    /// <summary>When all that is written has to be written again.</summary>
    public static TimeSpan KeepsFor => s_keep / 2;

    /// <summary>Says that this instance is alive. False if Redis did not know: what it had written is not there, or others have removed it.</summary>
    public async Task<bool> RenewAsync(TimeSpan lifetime)
    {
        var before = await Database.StringSetAndGetAsync(PresenceHash.LivenessOf(Instance), "1", lifetime);
        return !before.IsNull;
    }

    /// <summary>Which of these instances are not alive.</summary>
    public async Task<HashSet<string>> FindDeadAsync(IReadOnlyCollection<string> instances)
    {
        var others = instances.Where(instance => instance != Instance).ToArray();
        var alive = await Task.WhenAll(others.Select(instance => Database.KeyExistsAsync(PresenceHash.LivenessOf(instance))));
        return [.. others.Where((_, i) => !alive[i])];
    }

    /// <summary>Writes a change and reads who watches then, at one stroke: of two instances that write at once, one sees both.</summary>
    public async Task<List<PresenceField>> WriteAsync(PresenceChange change)
    {
        var key = PresenceHash.KeyOf(change.Lead);
        if (change.Came.Count + change.Left.Count == 0)
        {
            return PresenceHash.Read(await Database.HashGetAllAsync(key));
        }

        var transaction = Database.CreateTransaction();
        if (change.Came.Count > 0)
        {
            var came = change.Came.Select(watcher => new HashEntry(FieldOf(watcher.Name), PresenceHash.ValueOf(watcher.Since)));
            _ = transaction.HashSetAsync(key, [.. came]);
            _ = transaction.KeyExpireAsync(key, s_keep);
        }

        if (change.Left.Count > 0)
        {
            _ = transaction.HashDeleteAsync(key, [.. change.Left.Select(name => (RedisValue)FieldOf(name))]);
        }

        var hash = transaction.HashGetAllAsync(key);
        await transaction.ExecuteAsync();
        return PresenceHash.Read(await hash);
    }

    /// <summary>Removes what dead instances left. False if somebody else did so before.</summary>
    public async Task<bool> RemoveAsync(LeadId lead, IEnumerable<PresenceField> fields)
    {
        RedisValue[] names = [.. fields.Select(field => (RedisValue)PresenceHash.FieldOf(field.Instance, field.Name))];
        return names.Length > 0 && await Database.HashDeleteAsync(PresenceHash.KeyOf(lead), names) > 0;
    }

    /// <summary>Tells everybody who watches the lead, alone or among others, on all instances.</summary>
    public void Publish(LeadId lead, ReadOnlyMemory<byte> frame, DateTimeOffset now)
    {
        var subscriber = redis.GetSubscriber();
        var message = LeadMessage.Encode(null, now, frame.Span);
        subscriber.Publish(redis.LeadChannel(lead), message, CommandFlags.FireAndForget);
        subscriber.Publish(
            RedisChannel.Literal(LeadsChannel.Name), LeadsChannel.EncodePassing(lead, message), CommandFlags.FireAndForget);
    }

    private string FieldOf(string name) => PresenceHash.FieldOf(Instance, name);
}
