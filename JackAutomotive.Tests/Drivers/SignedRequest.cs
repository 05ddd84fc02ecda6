using System.Net;
using System.Net.Http.Headers;

namespace JackAutomotive.Tests.Drivers;

/// <summary>One request as a provider sends it. A test can send the request any number of times.</summary>
/// <param name="Path">Path and query exactly as sent.</param>
/// <param name="ContentType">Media type of the body.</param>
/// <param name="Body">The body as exact bytes.</param>
/// <param name="Headers">The signature and any other headers.</param>
internal sealed record SignedRequest(string Path, string ContentType, byte[] Body, IReadOnlyList<(string Name, string Value)> Headers)
{
    public HttpMethod Method { get; init; } = HttpMethod.Post;

    public SignedRequest WithBody(byte[] body) => this with { Body = body };

    public SignedRequest WithHeader(string name, string value) =>
        this with { Headers = [.. Headers.Where(header => header.Name != name), (name, value)] };

    public SignedRequest WithoutHeader(string name) => this with { Headers = [.. Headers.Where(header => header.Name != name)] };

    /// <summary>Sends the request.</summary>
    /// <param name="client">A client whose base address is the receiver.</param>
    /// <param name="isChunked">Sends the body in chunks, without Content-Length.</param>
    public async Task<HttpResponseMessage> SendAsync(HttpClient client, bool isChunked = false)
    {
        // By default the client rewrites escapes, but the signature covers the exact URL.
        var asWritten = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        var url = new Uri(client.BaseAddress!.AbsoluteUri.TrimEnd('/') + Path, asWritten);
        using var request = new HttpRequestMessage(Method, url);
        if (Method != HttpMethod.Get)
        {
            request.Content = new ByteArrayContent(Body);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(ContentType);
        }

        request.Headers.TransferEncodingChunked = isChunked;
        foreach (var (name, value) in Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends the request and expects 200.</summary>
    public async Task DeliverAsync(HttpClient client, bool isChunked = false)
    {
        using var answer = await SendAsync(client, isChunked);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
