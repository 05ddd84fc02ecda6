namespace Twilio.Rest.Api.V2010.Account;

/// <summary>One call to look up.</summary>
/// <param name="pathSid">The call's SID.</param>
public class FetchCallOptions(string pathSid)
{
    /// <summary>The call's SID.</summary>
    public string PathSid { get; } = pathSid;

    /// <summary>The account that has it; the client's when null.</summary>
    public string? PathAccountSid { get; set; }
}
