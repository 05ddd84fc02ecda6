namespace JackAutomotive.ProviderSimulator.Twilio;

/// <summary>One status callback, as Twilio posts it.</summary>
/// <param name="Path">The path below the target's address, or a whole address that a request to the API named.</param>
/// <param name="Kind">The kind for the log: <c>text status</c>, <c>call status</c> or <c>recording</c>.</param>
/// <param name="Id">The SID of the text, the call or the recording.</param>
/// <param name="Customer">The customer's number, in E.164.</param>
/// <param name="Parameters">The parameters that are sent and signed. <c>AccountSid</c> and <c>ApiVersion</c> are added for the post.</param>
internal sealed record TwilioCallback(
    string Path, string Kind, string Id, string Customer, IReadOnlyList<KeyValuePair<string, string>> Parameters)
{
    /// <summary>Returns the value of a parameter, or null.</summary>
    public string? Find(string name) => Parameters.FirstOrDefault(parameter => parameter.Key == name).Value;

    /// <summary>Returns the callback without a parameter.</summary>
    public TwilioCallback Without(string name) => this with { Parameters = [.. Parameters.Where(parameter => parameter.Key != name)] };
}
