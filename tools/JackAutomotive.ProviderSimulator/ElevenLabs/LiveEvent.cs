namespace JackAutomotive.ProviderSimulator.ElevenLabs;

/// <summary>One event of a call in progress, as a bridge reports it.</summary>
/// <param name="Type">The webhook's type.</param>
/// <param name="ConversationId">The conversation's id.</param>
/// <param name="Customer">The customer's number, in E.164.</param>
/// <param name="At">The time of the event, counted from the start of the call.</param>
/// <param name="Body">The webhook's JSON: exactly the bytes that are signed and sent.</param>
internal sealed record LiveEvent(string Type, string ConversationId, string Customer, TimeSpan At, byte[] Body);
