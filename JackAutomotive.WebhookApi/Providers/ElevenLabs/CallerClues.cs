using System.Text.Json;
using JackAutomotive.WebhookApi.Identification;
using JackAutomotive.WebhookApi.Leads;

namespace JackAutomotive.WebhookApi.Providers.ElevenLabs;

/// <summary>
/// Reads the addresses that may be the lead's from the data of a webhook, the most reliable first. A conversation without a telephone call
/// has no phone_call, and its address stands elsewhere:
/// <code>
/// "user_id":"+1…",
/// "metadata":{"sms":{"direction":"inbound","sms_user_phone_number":"+1…","agent_phone_number":"+1…"},
///   "whatsapp":{"direction":"inbound","whatsapp_user_id":"1202…"}},
/// "conversation_initiation_client_data":{"dynamic_variables":{"system__caller_id":"+1…","system__called_number":"+1…"}},
/// "analysis":{"data_collection_results":{"phone_number":{"value":"202 555 …"}}}
/// </code>
/// </summary>
internal static class CallerClues
{
    private static readonly string[] s_phoneWords = ["phone", "mobile", "cell", "callback", "telefono", "teléfono", "celular", "whatsapp"];

    // Numbers of other people and companies, and facts about telephones.
    private static readonly string[] s_otherWords =
    [
        "employer", "work", "company", "reference", "spouse", "wife", "husband", "partner", "cosigner", "co_signer", "co-signer", "buyer",
        "emergency", "landlord", "relative", "dealer", "agent", "salesperson", "insurance", "type", "model", "preference", "preferred", "time",
    ];

    /// <summary>Returns the channel of a conversation: sms, whatsapp, or voice.</summary>
    /// <param name="metadata">The webhook's metadata.</param>
    public static string FindChannel(JsonElement? metadata) =>
        metadata.ReadField("phone_call") is not null ? ChannelAddress.Voice
        : metadata.ReadField("whatsapp") is not null ? ChannelAddress.WhatsApp
        : metadata.ReadField("sms") is not null ? ChannelAddress.Sms
        : ChannelAddress.Voice;

    /// <summary>Returns the lead's address in the provider's spelling; null if the conversation has none.</summary>
    /// <param name="metadata">The webhook's metadata.</param>
    public static string? FindExternalNumber(JsonElement? metadata) =>
        metadata.ReadField("phone_call").ReadTrimmedText("external_number")
        ?? metadata.ReadField("sms").ReadTrimmedText("sms_user_phone_number")
        ?? metadata.ReadField("whatsapp").ReadTrimmedText("whatsapp_user_id");

    /// <summary>Reads all addresses, without those that the webhook states for our own side.</summary>
    /// <param name="data">The fields of the conversation.</param>
    /// <param name="root">The whole webhook, which has some of the fields beside <paramref name="data"/> in some bodies.</param>
    public static IReadOnlyList<AddressClue> Read(JsonElement? data, JsonElement? root = null)
    {
        var metadata = data.ReadField("metadata") ?? root.ReadField("metadata");
        var (phone, sms, whatsApp) = (metadata.ReadField("phone_call"), metadata.ReadField("sms"), metadata.ReadField("whatsapp"));
        var client = data.ReadField("conversation_initiation_client_data") ?? root.ReadField("conversation_initiation_client_data");
        var variables = client.ReadField("dynamic_variables") ?? data.ReadField("dynamic_variables");
        var direction = phone.ReadTrimmedText("direction") ?? sms.ReadTrimmedText("direction") ?? whatsApp.ReadTrimmedText("direction");
        var callerId = variables.ReadTrimmedText(direction == "outbound" ? "system__called_number" : "system__caller_id");

        var clues = AddressClue.FromProvider(Parse(phone.ReadTrimmedText("external_number")))
            .Concat(CreateClue(ClueNames.UserId, ParseUserId(data.ReadTrimmedText("user_id") ?? client.ReadTrimmedText("user_id"))))
            .Concat(CreateClue(ClueNames.CallerId, Parse(callerId)))
            .Concat(CreateClue(ClueNames.Sms, Parse(sms.ReadTrimmedText("sms_user_phone_number"))))
            .Concat(CreateClue(ClueNames.WhatsApp, ParseWhatsAppId(whatsApp.ReadTrimmedText("whatsapp_user_id"))))
            .Concat(CreateClue(ClueNames.Said, FindSaidNumber(data.ReadField("analysis") ?? root.ReadField("analysis"))));

        var ours = new[] { phone.ReadTrimmedText("agent_number"), sms.ReadTrimmedText("agent_phone_number") }.Select(Parse).ToList();
        return [.. clues.Where(clue => !ours.Contains(clue.Address))];
    }

    /// <summary>
    /// Parses a user's id. Only a phone number and an address of a messaging service identify a person: other ids may be the same for all.
    /// Ten digits alone are more often a key of a database than a number.
    /// </summary>
    public static ChannelAddress? ParseUserId(string? text) =>
        ChannelAddress.FindChannel(text) is "whatsapp" or "messenger" or "rcs" or "tel" or "sms" or "sip" ? Parse(text)
        : PhoneNumber.TryParseLikely(text, out var phone) && (text.Length > 10 || PhoneNumber.TryParseValid(text, out _))
            ? ChannelAddress.FromPhone(phone)
            : null;

    private static IEnumerable<AddressClue> CreateClue(string name, ChannelAddress? address) =>
        address is { } known ? [new AddressClue(name, known)] : [];

    private static ChannelAddress? Parse(string? text) => ChannelAddress.TryParse(text, out var address) ? address : null;

    private static ChannelAddress? ParseWhatsAppId(string? id) =>
        id is null ? null : Parse(ChannelAddress.FindChannel(id) is null ? $"{ChannelAddress.WhatsApp}:{id}" : id);

    private static ChannelAddress? FindSaidNumber(JsonElement? analysis)
    {
        foreach (var (name, result) in ReadCollected(analysis))
        {
            if (IsOwnNumber(name) && PhoneNumber.TryParseLikely(result.ReadText("value"), out var phone))
            {
                return ChannelAddress.FromPhone(phone);
            }
        }

        return null;
    }

    /// <summary>Reads the results of the data collection. The provider sends them as an object, as a list, or as both.</summary>
    public static IEnumerable<(string Name, JsonElement? Result)> ReadCollected(JsonElement? analysis)
    {
        var byId = analysis.ReadField("data_collection_results") is { ValueKind: JsonValueKind.Object } results
            ? results.EnumerateObject().Select(field => (field.Name, (JsonElement?)field.Value))
            : [];
        var list = analysis.ReadItems("data_collection_results_list") ?? analysis.ReadItems("data_collection_results") ?? [];
        return byId.Concat(list.Select(
            result => (result.ReadTrimmedText("data_collection_id") ?? result.ReadTrimmedText("name") ?? "", result)));
    }

    private static bool IsOwnNumber(string name) =>
        s_phoneWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase))
        && !s_otherWords.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));
}
