using System.Globalization;
using StackExchange.Redis;

namespace JackAutomotive.Contract;

/// <summary>Somebody who watches a lead, on however many streams and instances.</summary>
/// <param name="Name">That of the API key or the token.</param>
/// <param name="Since">When the oldest of the streams began, UTC.</param>
internal sealed record LeadWatcher(string Name, DateTimeOffset Since);

/// <summary>That somebody watches a lead on one instance of the realtime service.</summary>
internal readonly record struct PresenceField(string Instance, string Name, DateTimeOffset Since);

/// <summary>
/// How Redis knows who watches: for each lead a hash with a field <c>instance/name</c> for each name that an instance has streams of, and
/// for each instance a key that expires unless it is renewed. What an instance wrote counts only as long as its key is there.
/// </summary>
internal static class PresenceHash
{
    /// <summary>Most watchers that are shown of a lead: those who have watched longest.</summary>
    public const int MaxShown = 100;

    /// <summary>The hash of a lead.</summary>
    public static string KeyOf(LeadId lead) => $"presence:{lead}";

    /// <summary>The key that says that an instance is alive.</summary>
    public static string LivenessOf(string instance) => $"realtime:instance:{instance}";

    /// <summary>The field of a name on an instance.</summary>
    public static string FieldOf(string instance, string name) => $"{instance}/{name}";

    /// <summary>The value of a field.</summary>
    public static RedisValue ValueOf(DateTimeOffset since) => since.ToUnixTimeMilliseconds();

    /// <summary>Reads a hash; what is no field of these is left out.</summary>
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

    /// <summary>Who watches, whoever has watched longest first: each name once.</summary>
    public static List<LeadWatcher> Combine(IEnumerable<PresenceField> fields) =>
    [
        .. fields.GroupBy(field => field.Name)
            .Select(name => new LeadWatcher(name.Key, name.Min(field => field.Since)))
            .OrderBy(watcher => watcher.Since).ThenBy(watcher => watcher.Name, StringComparer.Ordinal),
    ];
}
