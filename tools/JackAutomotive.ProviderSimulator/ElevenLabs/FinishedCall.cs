namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>A finished call, as its webhook reports it.</summary>
/// <param name="ConversationId"><c>conv_</c> and 26 letters and digits.</param>
/// <param name="CallSid">Twilio's id of the telephone call: <c>CA</c> and 32 hexadecimal digits.</param>
/// <param name="Customer">The customer's number, in E.164.</param>
/// <param name="DurationSeconds">Seconds from the answer to the end.</param>
/// <param name="Body">The webhook's JSON: exactly the bytes that are signed and sent.</param>
internal sealed record FinishedCall(string ConversationId, string CallSid, string Customer, int DurationSeconds, byte[] Body);
