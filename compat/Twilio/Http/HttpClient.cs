namespace Twilio.Http;

/// <summary>Sends requests to the API. The seam at which tests and policies come in.</summary>
public abstract class HttpClient
{
    /// <summary>Sends a request and returns its answer, errors included. Throws when there is no answer.</summary>
    public abstract Response MakeRequest(Request request);

    /// <summary>Sends a request and returns its answer, errors included. Throws when there is no answer.</summary>
    public abstract Task<Response> MakeRequestAsync(Request request);
}
