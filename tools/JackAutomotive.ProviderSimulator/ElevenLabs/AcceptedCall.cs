using System.Text.Json.Nodes;

namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>An outbound call that the API has accepted.</summary>
/// <param name="ConversationId"><c>conv_</c> and 26 letters and digits.</param>
/// <param name="CallSid">Twilio's id of the telephone call: <c>CA</c> and 32 hexadecimal digits.</param>
/// <param name="AgentId">The voice agent's id.</param>
/// <param name="PhoneNumberId">ElevenLabs' id of the dealership's number.</param>
/// <param name="Seconds">Seconds from the answer to the end, at least 1.</param>
/// <param name="ClientData">The request's <c>conversation_initiation_client_data</c>.</param>
internal sealed record AcceptedCall(
    string ConversationId, string CallSid, string AgentId, string PhoneNumberId, int Seconds, JsonObject ClientData)
{
    /// <summary>Returns a copy of a member of the client data, or null.</summary>
    public JsonNode? Copy(string name) => ClientData[name]?.DeepClone();
}
