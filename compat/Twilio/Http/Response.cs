using System.Net;
using System.Net.Http.Headers;

namespace Twilio.Http;

/// <summary>An answer of the API, whatever its status.</summary>
/// <param name="statusCode">HTTP status.</param>
/// <param name="content">The body.</param>
/// <param name="headers">Response headers, without those of the content.</param>
public class Response(HttpStatusCode statusCode, string? content, HttpResponseHeaders? headers = null)
{
    /// <summary>HTTP status.</summary>
    public HttpStatusCode StatusCode { get; } = statusCode;

    /// <summary>The body.</summary>
    public string? Content { get; } = content;

    /// <summary>Response headers, without those of the content.</summary>
    public HttpResponseHeaders? Headers { get; } = headers;
}
