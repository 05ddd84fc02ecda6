using System.Net;
using System.Net.Http.Headers;

namespace JackAutomotive.Tests.Drivers;

/// <summary>One request as a provider sends it, which can be sent as often as a test wants.</summary>
/// <param name="Path">Path and query, as they go over the wire.</param>
/// <param name="ContentType">Of the body.</param>
/// <param name="Body">The exact bytes.</param>
/// <param name="Headers">The signature and whatever else.</param>
internal sealed record SignedRequest(string Path, string ContentType, byte[] Body, IReadOnlyList<(string Name, string Value)> Headers)
{
    public SignedRequest WithBody(byte[] body) => this with { Body = body };

    public SignedRequest WithHeader(string name, string value) =>
        this with { Headers = [.. Headers.Where(header => header.Name != name), (name, value)] };

    public SignedRequest WithoutHeader(string name) => this with { Headers = [.. Headers.Where(header => header.Name != name)] };

    /// <summary>Sends it.</summary>
    /// <param name="client">To where.</param>
    /// <param name="isChunked">Without saying how long it is.</param>
    public async Task<HttpResponseMessage> SendAsync(HttpClient client, bool isChunked = false)
    {
        // To the letter: by default the client would rewrite escapes that were signed as they are.
        var asWritten = new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true };
        var url = new Uri(client.BaseAddress!.AbsoluteUri.TrimEnd('/') + Path, asWritten);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(Body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(ContentType);
        request.Headers.TransferEncodingChunked = isChunked;
        foreach (var (name, value) in Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Sends it and expects 200.</summary>
    public async Task DeliverAsync(HttpClient client, bool isChunked = false)
    {
        using var answer = await SendAsync(client, isChunked);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
