namespace JackAutomotive.WebhookApi.Features.Deliveries;

/// <summary>A range of dedup keys, by their bytes: from <paramref name="From"/> on and before <paramref name="To"/>.</summary>
internal sealed record KeyRange(string From, string To);

/// <summary>
/// Where to look for what a provider's id has to do with. A dedup key begins with the kind of event and then has the id, alone or before
/// a colon, so each kind is one range of an index that exists anyway; an ordering key that is made of the id finds what is parked
/// or waiting, whatever its kind.
/// </summary>
internal static class ProviderIds
{
    private const int MaxLength = 100;

    private static readonly string[] s_textKinds = ["sms", "sms-status"];
    private static readonly string[] s_callKinds = ["voice-status", "initiation"];
    private static readonly string[] s_recordingKinds = ["recording"];

    // A conversation's deliveries of other kinds are found while they wait or are parked.
    private static readonly string[] s_conversationKinds =
        ["post_call_transcription", "post_call_audio", "call_initiation_failure", "event"];

    /// <summary>Whether it can be an id of one of the providers.</summary>
    public static bool IsOne(string id) =>
        id.Length is > 0 and <= MaxLength && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    /// <summary>The dedup keys of everything that this id may stand for.</summary>
    public static IReadOnlyList<KeyRange> KeyRangesOf(string id) => [.. KindsOf(id).SelectMany(kind => RangesOf($"{kind}:{id}"))];

    /// <summary>The ordering keys that are made of this id.</summary>
    public static IReadOnlyList<string> OrderingKeysOf(string id) => [$"elevenlabs:{id}", $"call:{id}", $"sms-status:{id}"];

    // Twilio's ids tell by their first letters what they are of.
    private static string[] KindsOf(string id) => id switch
    {
        ['S' or 'M', 'M', ..] => s_textKinds,
        ['C', 'A', ..] => s_callKinds,
        ['R', 'E', ..] => s_recordingKinds,
        _ => s_conversationKinds,
    };

    // The key itself, and the key with more behind a colon; a semicolon is what follows the colon.
    private static KeyRange[] RangesOf(string key) => [new(key, $"{key}\u0001"), new($"{key}:", $"{key};")];
}
