using System.Globalization;
using StackExchange.Redis;

namespace JackAutomotive.Contracts;

/// <summary>A viewer who watches a lead, on any number of streams and instances.</summary>
/// <param name="Name">The name in the stream token, or the name of the API key.</param>
/// <param name="Since">When the oldest of the viewer's open streams began (UTC).</param>
public sealed record LeadWatcher(string Name, DateTimeOffset Since);

/// <summary>One field of a lead's presence hash: a viewer who watches the lead on one instance of Realtime.</summary>
/// <param name="Instance">The id of the instance. It contains no slash.</param>
/// <param name="Name">The name in the stream token, or the name of the API key.</param>
/// <param name="Since">When the oldest of the viewer's streams on this instance began (UTC, in whole milliseconds).</param>
public readonly record struct PresenceField(string Instance, string Name, DateTimeOffset Since);

/// <summary>
/// The format of presence in Redis. Each lead has a hash with one field <c>instance/name</c> for each viewer on each instance. Each instance
/// has a liveness key, which expires unless the instance renews it. The fields of an instance count only while its liveness key exists.
/// </summary>
public static class PresenceHash
{
    /// <summary>The most viewers that a presence frame names: those who have watched longest.</summary>
    public const int MaxShown = 100;

    /// <summary>Returns the key of a lead's hash.</summary>
    public static string KeyOf(LeadId lead) => $"presence:{lead}";

    /// <summary>Returns the liveness key of an instance.</summary>
    public static string LivenessKey(string instance) => $"realtime:instance:{instance}";

    /// <summary>Returns the name of the hash field for a viewer on an instance.</summary>
    public static string FieldOf(string instance, string name) => $"{instance}/{name}";

    /// <summary>Returns the value of a hash field: the time in Unix milliseconds.</summary>
    public static RedisValue ValueOf(DateTimeOffset since) => since.ToUnixTimeMilliseconds();

    /// <summary>Decodes a hash. Malformed fields are skipped.</summary>
    public static List<PresenceField> Read(HashEntry[] hash)
    {
        var fields = new List<PresenceField>(hash.Length);
        foreach (var entry in hash)
        {
            var field = entry.Name.ToString();
            var slash = field.IndexOf('/', StringComparison.Ordinal);
            var isTime = long.TryParse(entry.Value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var since);
            if (slash > 0 && isTime)
            {
                fields.Add(new PresenceField(field[..slash], field[(slash + 1)..], DateTimeOffset.FromUnixTimeMilliseconds(since)));
            }
        }

        return fields;
    }

    /// <summary>Merges the fields of all instances into one entry for each name, the viewer who has watched longest first.</summary>
    public static List<LeadWatcher> Combine(IEnumerable<PresenceField> fields) =>
    [
        .. fields.GroupBy(field => field.Name)
            .Select(name => new LeadWatcher(name.Key, name.Min(field => field.Since)))
            .OrderBy(watcher => watcher.Since).ThenBy(watcher => watcher.Name, StringComparer.Ordinal),
    ];
}
