using Twilio.Clients;
using Twilio.Exceptions;
using Twilio.Http;

namespace Twilio.Rest.Api.V2010.Account;

/// <summary>Addresses and requests that the account's resources have in common.</summary>
internal static class AccountApi
{
    private const string Origin = "https://api.twilio.com";

    public static ITwilioRestClient Required(ITwilioRestClient? client) =>
        client ?? throw new AuthenticationException("A request needs an ITwilioRestClient; there is no default one.");

    /// <summary>A request about something below an account.</summary>
    public static Request Request(Http.HttpMethod method, string accountSid, string path) =>
        new(method, $"{Origin}/2010-04-01/Accounts/{accountSid}/{path}.json");

    /// <summary>A request for a page that an earlier answer has named.</summary>
    public static Request PageRequest(string pathAndQuery) => new(Http.HttpMethod.Get, Origin + pathAndQuery);
}
