using JackAutomotive.WebhookApi.Inbox;

namespace JackAutomotive.WebhookApi.Admin.Deliveries;

/// <summary>A range of dedup keys in byte order, from <paramref name="From"/> (inclusive) to <paramref name="To"/> (exclusive).</summary>
internal sealed record KeyRange(string From, string To);

/// <summary>
/// Finds the deliveries that belong to a provider's id. A dedup key is the kind of event followed by the id, alone or before a colon, so
/// each kind is two ranges of an index that exists anyway. An ordering key that contains the id finds parked and pending deliveries of
/// every kind.
/// </summary>
internal static class ProviderIds
{
    private const int MaxLength = 100;

    /// <summary>True if the text has the form of a provider's id.</summary>
    public static bool IsProviderId(string id) =>
        id.Length is > 0 and <= MaxLength && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    /// <summary>The ranges of dedup keys of every kind that this id may have.</summary>
    public static IReadOnlyList<KeyRange> KeyRangesOf(string id) => [.. KindsOf(id).SelectMany(kind => RangesOf(kind.BuildKey(id)))];

    /// <summary>The ordering keys that contain this id.</summary>
    public static IReadOnlyList<string> OrderingKeysOf(string id) => OrderingKeys.ContainingProviderId(id);

    // The first two letters of a Twilio id name its resource: SM and MM a message, CA a call, RE a recording.
    private static IEnumerable<DeliveryKind> KindsOf(string id)
    {
        var kind = id switch
        {
            ['S' or 'M', 'M', ..] => ProviderIdKind.Message,
            ['C', 'A', ..] => ProviderIdKind.Call,
            ['R', 'E', ..] => ProviderIdKind.Recording,
            _ => ProviderIdKind.Conversation,
        };
        return DeliveryKind.All.Where(candidate => candidate.Id == kind);
    }

    // The first range holds the key itself, the second the key with a colon and more text. The semicolon follows the colon in ASCII.
    private static KeyRange[] RangesOf(string key) => [new(key, $"{key}\u0001"), new($"{key}:", $"{key};")];
}
