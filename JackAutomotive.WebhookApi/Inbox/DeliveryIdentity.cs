using System.Security.Cryptography;
using System.Text;
using JackAutomotive.WebhookApi.Database;

namespace JackAutomotive.WebhookApi.Inbox;

/// <summary>Which event a delivery carries.</summary>
/// <param name="Key">The event's identity within its source, made of the event's own fields: the inbox stores each key once.</param>
/// <param name="OrderingKey">Deliveries with the same ordering key are handled in the order of their arrival.</param>
internal readonly record struct DeliveryIdentity(string Key, string OrderingKey)
{
    // An index entry has to fit into a third of a page, and a provider's id has no limit of its own.
    private const int MaxKeyLength = 200;

    /// <summary>Returns the identity with keys that fit into the inbox's indexes: the hash of a longer key takes its place.</summary>
    public DeliveryIdentity Bounded() => new(Bounded(Key), Bounded(OrderingKey));

    private static string Bounded(string key) =>
        key.Length <= MaxKeyLength
            ? PlainText.Clean(key)
            : $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))}";
}

/// <summary>Which of a provider's ids a kind of delivery is about.</summary>
internal enum ProviderIdKind
{
    /// <summary>Twilio's MessageSid, which begins with SM or MM.</summary>
    Message,

    /// <summary>Twilio's CallSid, which begins with CA.</summary>
    Call,

    /// <summary>Twilio's RecordingSid, which begins with RE.</summary>
    Recording,

    /// <summary>ElevenLabs' conversation id.</summary>
    Conversation,
}

/// <summary>
/// A kind of delivery: the one place where dedup keys are made. A key is the kind's prefix, a provider's id and, where several
/// deliveries are about one id, more parts: <c>sms-status:SM…:delivered</c>. The deliveries search finds keys by the same list.
/// </summary>
internal sealed record DeliveryKind(string Prefix, ProviderIdKind Id)
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

    /// <summary>Every kind that the search looks for.</summary>
    public static readonly IReadOnlyList<DeliveryKind> All =
        [IncomingSms, SmsStatus, VoiceStatus, Recording, Initiation, ConversationEvent, Transcription, Audio, InitiationFailure];

    /// <summary>Returns the kind of a post-call webhook. A type that is not known yet is a kind as well, so that it is stored.</summary>
    public static DeliveryKind PostCall(string type) =>
        All.FirstOrDefault(kind => kind.Prefix == type) ?? new DeliveryKind(type, ProviderIdKind.Conversation);

    /// <summary>Returns the dedup key of a delivery.</summary>
    /// <param name="id">The provider's id, with more parts behind colons where the id alone does not identify the event.</param>
    public string Key(string id) => $"{Prefix}:{id}";
}

/// <summary>The ordering keys, in the one place that makes them.</summary>
internal static class OrderingKeys
{
    /// <summary>Texts of one sender.</summary>
    public static string Sender(string address) => $"sms:{address}";

    /// <summary>Statuses of one text.</summary>
    public static string Message(string sid) => $"sms-status:{sid}";

    /// <summary>Callbacks of one telephone call and of its recordings.</summary>
    public static string Call(string sid) => $"call:{sid}";

    /// <summary>Everything about one conversation with the voice agent.</summary>
    public static string Conversation(string id) => $"elevenlabs:{id}";

    /// <summary>The ordering keys that may have been made from a provider's id.</summary>
    public static IReadOnlyList<string> ContainingProviderId(string id) => [Conversation(id), Call(id), Message(id)];
}
