using System.Net;
using System.Text.Json;
using Twilio.Exceptions;
using Twilio.Http;

namespace Twilio.Clients;

/// <summary>Sends requests with basic authentication and turns answers that are errors into exceptions. Never repeats a request.</summary>
/// <param name="username">Account SID, or the SID of an API key.</param>
/// <param name="password">Auth token, or the secret of the API key.</param>
/// <param name="accountSid">The account asked about; the user name when null.</param>
/// <param name="region">Twilio region; null for us1.</param>
/// <param name="httpClient">Sends the requests; a new <see cref="SystemNetHttpClient"/> when null.</param>
/// <param name="edge">Twilio edge location; null for the default.</param>
public class TwilioRestClient(
    string username,
    string password,
    string? accountSid = null,
    string? region = null,
    Http.HttpClient? httpClient = null,
    string? edge = null) : ITwilioRestClient
{
    /// <inheritdoc/>
    public string AccountSid { get; } = accountSid ?? username;

    /// <inheritdoc/>
    public string? Region { get; } = region;

    /// <summary>Twilio edge location; null for the default.</summary>
    public string? Edge { get; set; } = edge;

    /// <inheritdoc/>
    public Http.HttpClient HttpClient { get; } = httpClient ?? new SystemNetHttpClient();

    /// <inheritdoc/>
    public Response Request(Request request)
    {
        Prepare(request);
        Response response;
        try
        {
            response = HttpClient.MakeRequest(request);
        }
        catch (Exception exception)
        {
            throw NoAnswer(request, exception);
        }

        return ThrowIfError(response);
    }

    /// <inheritdoc/>
    public async Task<Response> RequestAsync(Request request)
    {
        Prepare(request);
        Response response;
        try
        {
            response = await HttpClient.MakeRequestAsync(request).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            throw NoAnswer(request, exception);
        }

        return ThrowIfError(response);
    }

    private void Prepare(Request request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.SetAuth(username, password);
        request.Region = Region ?? request.Region;
        request.Edge = Edge ?? request.Edge;
    }

    private static ApiConnectionException NoAnswer(Request request, Exception exception) =>
        new($"Connection Error: {request.Method}{request.ConstructUrl()}", exception);

    private static Response ThrowIfError(Response response)
    {
        if (response is null)
        {
            throw new ApiConnectionException("Connection Error: No response received.");
        }

        if (response.StatusCode is >= HttpStatusCode.OK and < HttpStatusCode.BadRequest)
        {
            return response;
        }

        // Not every error is Twilio's own: a gateway in between answers in HTML, and then neither code nor status are filled in.
        var error = TwilioError.TryParse(response.Content)
            ?? throw new ApiException($"Api Error: {response.StatusCode} - {response.Content ?? "[no content]"}");
        throw new ApiException(
            error.Code,
            (int)response.StatusCode,
            error.Message ?? $"Unable to make request, {response.StatusCode}",
            error.MoreInfo,
            error.Details?.ToDictionary(detail => detail.Key, detail => (object)detail.Value));
    }

    /// <summary>For example <c>{"code":20429,"message":"Too Many Requests","more_info":"https://…","status":429}</c>.</summary>
    private sealed record TwilioError(int Code, string? Message, string? MoreInfo, Dictionary<string, JsonElement>? Details)
    {
        private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        };

        public static TwilioError? TryParse(string? json)
        {
            try
            {
                return JsonSerializer.Deserialize<TwilioError>(json ?? "", s_options);
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }
}
