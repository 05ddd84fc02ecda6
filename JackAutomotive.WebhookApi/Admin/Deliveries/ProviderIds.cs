using JackAutomotive.WebhookApi.Inbox;

namespace JackAutomotive.WebhookApi.Admin.Deliveries;

/// <summary>The dedup keys from <paramref name="From"/> on and before <paramref name="Before"/>, in byte order.</summary>
internal sealed record KeyRange(string From, string Before);

/// <summary>
/// Lists the keys that find the deliveries with a provider's id. A dedup key consists of the delivery kind's prefix, the id and, for some
/// kinds, a colon and more text. Two ranges of dedup keys therefore cover each kind. The ordering keys with the id find the pending and
/// parked deliveries of every kind.
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

    // The first two letters of a Twilio id name its resource: SM and MM a text, CA a call, CF a conference, RE a recording.
    private static IEnumerable<DeliveryKind> KindsOf(string id)
    {
        var kind = id switch
        {
            ['S' or 'M', 'M', ..] => ProviderIdKind.Message,
            ['C', 'A' or 'F', ..] => ProviderIdKind.Call,
            ['R', 'E', ..] => ProviderIdKind.Recording,
            _ => ProviderIdKind.Conversation,
        };
        return DeliveryKind.All.Where(candidate => candidate.IdKind == kind);
    }

    // The first range contains the key itself. The second range contains the keys with a colon and more text, because the semicolon follows the
    // colon in ASCII.
    private static KeyRange[] RangesOf(string key) => [new(key, $"{key}\u0001"), new($"{key}:", $"{key};")];
}
