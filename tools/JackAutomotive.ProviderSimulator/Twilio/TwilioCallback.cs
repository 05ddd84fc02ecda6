namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>One status callback, as Twilio posts it.</summary>
/// <param name="Path">Where to, below the target's address.</param>
/// <param name="Kind">For the log: <c>text status</c>, <c>call status</c> or <c>recording</c>.</param>
/// <param name="Id">The text's, the call's or the recording's SID.</param>
/// <param name="Customer">The customer's number, in E.164.</param>
/// <param name="Parameters">What is sent and signed; the account's SID is added when it is posted.</param>
internal sealed record TwilioCallback(
    string Path, string Kind, string Id, string Customer, IReadOnlyList<KeyValuePair<string, string>> Parameters);
