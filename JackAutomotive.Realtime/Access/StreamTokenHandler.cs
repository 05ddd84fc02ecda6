using System.Text.Encodings.Web;
using JackAutomotive.Contracts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace JackAutomotive.Realtime.Access;

/// <summary>
/// Authenticates a stream token from <c>Authorization: Bearer &lt;token&gt;</c> or, on stream routes, from the query string. Refusals are
/// problem details: 401 for an expired or invalid token, 403 for a lead that the token does not name, 503 if the secret is not configured.
/// </summary>
internal sealed class StreamTokenHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory loggerFactory,
    UrlEncoder encoder,
    StreamTokens tokens,
    AccessMetrics metrics) : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggerFactory, encoder)
{
    /// <summary>Name of the authentication scheme.</summary>
    public new const string Scheme = "StreamToken";

    private const string Prefix = "Bearer ";

    private StreamTokenVerdict _verdict;

    /// <summary>
    /// Returns the stream token of a request; null if there is none, in which case the request may have an API key. A token differs from
    /// every API key: it has two dots and starts with <c>eyJ</c>, the Base64 form of an opening brace and a quote.
    /// </summary>
    public static string? FindToken(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (header.Length == 0)
        {
            return context.IsStream() ? context.Features.Get<QueryToken>()?.Value : null;
        }

        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var token = header[Prefix.Length..].Trim();
        return IsStreamToken(token) ? token : null;
    }

    private static bool IsStreamToken(string token) => token.StartsWith("eyJ", StringComparison.Ordinal) && token.Count(c => c == '.') == 2;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (FindToken(Context) is not { } text)
        {
            return AuthenticateResult.NoResult();
        }

        Context.Features.Get<QueryToken>()?.Forget();
        (_verdict, var token) = await tokens.ReadAsync(text);
        return token is null
            ? AuthenticateResult.Fail("the token is invalid")
            : AuthenticateResult.Success(new AuthenticationTicket(Viewer.CreatePrincipal(token, Scheme), Scheme));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (!tokens.AreConfigured)
        {
            return RefuseAsync("token-not-configured", Problems.TokensNotConfigured());
        }

        Response.Headers.Append(HeaderNames.WWWAuthenticate, "Bearer error=\"invalid_token\"");
        return _verdict == StreamTokenVerdict.Expired
            ? RefuseAsync("token-expired", Problems.TokenExpired())
            : RefuseAsync("token-invalid", Problems.TokenInvalid());
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        Response.Headers.Append(HeaderNames.WWWAuthenticate, "Bearer error=\"insufficient_scope\"");
        return RefuseAsync("lead-not-allowed", Problems.LeadNotAllowed());
    }

    private Task RefuseAsync(string reason, ProblemHttpResult problem)
    {
        metrics.CountRefused(reason);
        return problem.ExecuteAsync(Context);
    }
}
