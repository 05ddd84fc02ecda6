namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>One thing that a bridge tells of a call while it is held.</summary>
/// <param name="Type">The webhook's type.</param>
/// <param name="ConversationId">Of which conversation.</param>
/// <param name="Customer">The customer's number, in E.164.</param>
/// <param name="At">When in the call.</param>
/// <param name="Body">The webhook's JSON, the very bytes that are signed and sent.</param>
internal sealed record LiveEvent(string Type, string ConversationId, string Customer, TimeSpan At, byte[] Body);
