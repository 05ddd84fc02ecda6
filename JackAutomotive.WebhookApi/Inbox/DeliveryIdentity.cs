using System.Security.Cryptography;
using System.Text;
using JackAutomotive.WebhookApi.Database;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>Decides which deliveries are the same one, and which are handled one after the other.</summary>
/// <param name="Key">The dedup key, built from the event's own fields. The inbox stores each key of a source once.</param>
/// <param name="OrderingKey">Deliveries with the same ordering key are handled in the order of their arrival.</param>
internal readonly record struct DeliveryIdentity(string Key, string OrderingKey)
{
    // Postgres limits an index entry to a third of a page, and providers do not limit the length of their ids.
    private const int MaxKeyLength = 200;

    /// <summary>
    /// What the handler reads from the delivery. Two bodies with the same key and the same content are duplicates, however else they differ. If
    /// null, every difference between two bodies counts.
    /// </summary>
    public string? Content { get; init; }

    /// <summary>Returns the hash that decides whether a body with a known key is a duplicate or a conflict; null without content.</summary>
    public byte[]? HashContent() => Content is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(Content));

    /// <summary>Returns the identity with keys that fit into the inbox's indexes: a hash replaces a key that is too long.</summary>
    public DeliveryIdentity LimitKeyLengths() =>
        this with { Key = LimitLength(Key), OrderingKey = LimitLength(OrderingKey) };

    private static string LimitLength(string key) =>
        key.Length <= MaxKeyLength
            ? PlainText.Clean(key)
            : $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}";
}

/// <summary>The kinds of provider ids that a delivery can refer to.</summary>
internal enum ProviderIdKind
{
    /// <summary>Twilio's MessageSid, which begins with SM or MM.</summary>
    Message,

    /// <summary>Twilio's CallSid, which begins with CA, or the ConferenceSid of a conference, which begins with CF.</summary>
    Call,

    /// <summary>Twilio's RecordingSid, which begins with RE.</summary>
    Recording,

    /// <summary>ElevenLabs' conversation id.</summary>
    Conversation,
}

/// <summary>
/// A kind of delivery. Only this type builds dedup keys. A key consists of the kind's prefix, a provider's id and, where several deliveries
/// share one id, more parts: <c>sms-status:SM…:delivered</c>. The search for deliveries uses the same list of prefixes.
/// </summary>
internal sealed record DeliveryKind(string Prefix, ProviderIdKind IdKind)
{
    public static readonly DeliveryKind IncomingSms = new("sms", ProviderIdKind.Message);
    public static readonly DeliveryKind SmsStatus = new("sms-status", ProviderIdKind.Message);
    public static readonly DeliveryKind VoiceStatus = new("voice-status", ProviderIdKind.Call);
    public static readonly DeliveryKind Recording = new("recording", ProviderIdKind.Recording);
    public static readonly DeliveryKind Initiation = new("initiation", ProviderIdKind.Call);
    public static readonly DeliveryKind ConversationEvent = new("event", ProviderIdKind.Conversation);
    public static readonly DeliveryKind Transcription = new("post_call_transcription", ProviderIdKind.Conversation);
    public static readonly DeliveryKind Audio = new("post_call_audio", ProviderIdKind.Conversation);
    public static readonly DeliveryKind InitiationFailure = new("call_initiation_failure", ProviderIdKind.Conversation);

    /// <summary>Every kind that the search for deliveries covers.</summary>
    public static readonly IReadOnlyList<DeliveryKind> All =
        [IncomingSms, SmsStatus, VoiceStatus, Recording, Initiation, ConversationEvent, Transcription, Audio, InitiationFailure];

    /// <summary>Returns the kind of a post-call webhook. An unknown type gets a new kind, so that its deliveries are stored too.</summary>
    public static DeliveryKind FromPostCallType(string type) =>
        All.FirstOrDefault(kind => kind.Prefix == type) ?? new DeliveryKind(type, ProviderIdKind.Conversation);

    /// <summary>Builds the dedup key of a delivery.</summary>
    /// <param name="id">The provider's id; where several deliveries share the id, followed by a colon and more parts.</param>
    public string BuildKey(string id) => $"{Prefix}:{id}";
}

/// <summary>Builds all ordering keys.</summary>
internal static class OrderingKeys
{
    /// <summary>The key for all texts from one sender.</summary>
    public static string ForSender(string address) => $"sms:{address}";

    /// <summary>The key for all statuses of one text.</summary>
    public static string ForText(string sid) => $"sms-status:{sid}";

    /// <summary>The key for all callbacks of one telephone call and of its recordings.</summary>
    public static string ForCall(string sid) => $"call:{sid}";

    /// <summary>The key for all deliveries about one conversation with the voice agent.</summary>
    public static string ForConversation(string id) => $"elevenlabs:{id}";

    /// <summary>Returns every ordering key that can contain a provider's id.</summary>
    public static IReadOnlyList<string> ContainingProviderId(string id) => [ForConversation(id), ForCall(id), ForText(id)];
}
