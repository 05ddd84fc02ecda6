namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>One status callback, as Twilio posts it.</summary>
/// <param name="Path">The path below the target's address.</param>
/// <param name="Kind">The kind for the log: <c>text status</c>, <c>call status</c> or <c>recording</c>.</param>
/// <param name="Id">The SID of the text, the call or the recording.</param>
/// <param name="Customer">The customer's number, in E.164.</param>
/// <param name="Parameters">The parameters that are sent and signed. <c>AccountSid</c> and <c>ApiVersion</c> are added for the post.</param>
internal sealed record TwilioCallback(
    string Path, string Kind, string Id, string Customer, IReadOnlyList<KeyValuePair<string, string>> Parameters);
