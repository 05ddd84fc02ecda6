using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;

namespace Twilio.Http;

/// <summary>
/// Sends requests with a <see cref="System.Net.Http.HttpClient"/>, whose time limit, handlers and policies therefore apply.
/// </summary>
/// <param name="httpClient">When null, a new one that follows no redirects.</param>
public class SystemNetHttpClient(System.Net.Http.HttpClient? httpClient = null) : HttpClient
{
    private static readonly string s_userAgent = $"twilio-compat/1.0 {RuntimeInformation.FrameworkDescription.Replace(' ', '/')}";

    private readonly System.Net.Http.HttpClient _httpClient =
        httpClient ?? new System.Net.Http.HttpClient(new HttpClientHandler { AllowAutoRedirect = false });

    /// <inheritdoc/>
    public override Response MakeRequest(Request request) => MakeRequestAsync(request).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override async Task<Response> MakeRequestAsync(Request request)
    {
        using var message = BuildMessage(request);
        using var answer = await _httpClient.SendAsync(message).ConfigureAwait(false);
        var content = await answer.Content.ReadAsStringAsync().ConfigureAwait(false);
        return new Response(answer.StatusCode, content, answer.Headers);
    }

    private static HttpRequestMessage BuildMessage(Request request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var message = new HttpRequestMessage(new System.Net.Http.HttpMethod(request.Method.ToString()), request.ConstructUrl());
        if (request is { Username: not null, Password: not null })
        {
            var credentials = Encoding.UTF8.GetBytes($"{request.Username}:{request.Password}");
            message.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(credentials));
        }

        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        message.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("utf-8"));
        message.Headers.TryAddWithoutValidation("User-Agent", s_userAgent);
        if (!request.Method.Equals(HttpMethod.Get))
        {
            message.Content = new FormUrlEncodedContent(request.PostParams);
        }

        return message;
    }
}
