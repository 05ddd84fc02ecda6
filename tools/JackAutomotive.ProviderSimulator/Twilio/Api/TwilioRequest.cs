using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;

namespace JackAutomotive.ProviderSimulator.Twilio.Api;

/// <summary>What all requests to Twilio's API have in common.</summary>
internal static class TwilioRequest
{
    /// <summary>
    /// Lets only the account itself pass: basic authentication with the account's id and one of its tokens, or with the API key. The path
    /// names the same account.
    /// </summary>
    public static async ValueTask<object?> Authenticate(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        var options = context.HttpContext.RequestServices.GetRequiredService<IOptions<TwilioOptions>>().Value;
        if (ReadCredentials(request) is not (var user, var password) || !options.IsAllowed(user, password))
        {
            return TwilioErrors.Authenticate;
        }

        return string.Equals((string?)request.RouteValues["accountSid"], options.AccountSid, StringComparison.OrdinalIgnoreCase)
            ? await next(context)
            : TwilioErrors.NotFound(request);
    }

    /// <summary>Returns the form, empty if the body is no form. Twilio then misses the first parameter.</summary>
    public static async Task<IFormCollection> ReadFormAsync(HttpRequest request, CancellationToken cancellationToken) =>
        request.HasFormContentType ? await request.ReadFormAsync(cancellationToken) : FormCollection.Empty;

    /// <summary>Returns whether the text is an absolute http or https address.</summary>
    public static bool IsAddress(string? text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";

    /// <summary>Returns whether Twilio posts callbacks to the address. Twilio rejects a host name with an underscore.</summary>
    public static bool IsCallbackAddress(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && !uri.Host.Contains('_', StringComparison.Ordinal);

    private static (string User, string Password)? ReadCredentials(HttpRequest request)
    {
        if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header)
            || !string.Equals(header.Scheme, "Basic", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var bytes = new byte[header.Parameter?.Length ?? 0];
        if (!Convert.TryFromBase64String(header.Parameter ?? "", bytes, out var length))
        {
            return null;
        }

        return Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2) is [var user, var password] ? (user, password) : null;
    }
}
