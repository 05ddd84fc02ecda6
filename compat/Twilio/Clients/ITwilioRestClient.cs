using Twilio.Http;

namespace Twilio.Clients;

/// <summary>What resources need of a client: who is asking, and a way to ask.</summary>
public interface ITwilioRestClient
{
    /// <summary>The account that requests are about unless they name another.</summary>
    string AccountSid { get; }

    /// <summary>The Twilio region that requests go to; null for the default, us1.</summary>
    string? Region { get; }

    /// <summary>Sends the requests.</summary>
    Http.HttpClient HttpClient { get; }

    /// <summary>Sends a request and waits for the answer.</summary>
    /// <exception cref="Exceptions.ApiException">The answer is an error.</exception>
    /// <exception cref="Exceptions.ApiConnectionException">There was no answer: it is unknown whether the request took effect.</exception>
    Response Request(Request request);

    /// <summary>Sends a request.</summary>
    /// <exception cref="Exceptions.ApiException">The answer is an error.</exception>
    /// <exception cref="Exceptions.ApiConnectionException">There was no answer: it is unknown whether the request took effect.</exception>
    Task<Response> RequestAsync(Request request);
}
